"""Measuring: worlds whose truth is known, error models from traces, calibration, thresholds. The only room that holds truth."""
