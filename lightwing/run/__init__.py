"""The loop: propose, read, decide, act, under one hard ledger per case."""

from lightwing.run.batch import Summary, run_batch
from lightwing.run.cases import read_case, read_cases
from lightwing.run.loop import Runner
from lightwing.run.plan import Plan, plan
from lightwing.run.streaming import stream

__all__ = ["Plan", "Runner", "Summary", "plan", "read_case", "read_cases", "run_batch", "stream"]
