"""The gateway's own OpenAPI page: what its routes take and give."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any

__all__ = ["openapi"]


@cache
def openapi() -> dict[str, Any]:
    """The description of the API, OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lightwing",
            "version": version("lightwing"),
            "description": "OpenAI-compatible chat completions whose answers are checked and corrected.",
        },
        "security": [{"key": []}, {}],
        "paths": {
            "/v1/chat/completions": {"post": _chat()},
            "/v1/responses": {"post": _responses()},
            "/v1/models": {"get": _get("Assistants that may be asked for.", "#/components/schemas/Models")},
            "/v1/models/{name}": {
                "get": {
                    **_get("One assistant.", "#/components/schemas/Model"),
                    "parameters": [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}],
                }
            },
            "/healthz": {"get": _get("The process answers.", "#/components/schemas/State")},
            "/readyz": {"get": _get("Traffic may be sent here.", "#/components/schemas/State", ("503",))},
        },
        "components": {"schemas": _SCHEMAS, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }


def _answer(what: str, schema: str) -> dict[str, Any]:
    return {"description": what, "content": {"application/json": {"schema": {"$ref": schema}}}}


def _errors(*statuses: str) -> dict[str, Any]:
    return {status: _answer("Refused.", "#/components/schemas/Error") for status in statuses}


def _get(what: str, schema: str, more: tuple[str, ...] = ()) -> dict[str, Any]:
    failed = _errors("400", "401", "403", "404", "405", "421", "431")
    return {
        "summary": what,
        "responses": {"200": _answer(what, schema), **failed, **{s: _answer(what, schema) for s in more}},
    }


def _responses() -> dict[str, Any]:
    chat = _chat()
    done = _answer("The answer in the form of a response.", "#/components/schemas/Response")
    done["content"] |= {"text/event-stream": {"schema": {"description": "Server-sent events."}}}
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/ResponseRequest"}}}
    return {
        "summary": "The same for the newer protocol: functions only, nothing is stored under a response's id.",
        "requestBody": {"required": True, "content": body},
        "responses": {**chat["responses"], "200": done},
    }


def _chat() -> dict[str, Any]:
    events = {"text/event-stream": {"schema": {"description": "Server-sent events."}}}
    done = _answer("The answer, with what was found.", "#/components/schemas/Completion")
    done["content"] |= events
    statuses = ("400", "401", "403", "404", "405", "408", "413", "415", "421", "422", "429", "431", "502", "503", "504")
    return {
        "summary": "An answer under correction.",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/ChatRequest"}, "example": _EXAMPLE}
            },
        },
        "responses": {"200": done, **_errors(*statuses)},
    }


_EXAMPLE: dict[str, Any] = {
    "model": "lightwing",
    "messages": [
        {"role": "system", "content": "Do not use commas."},
        {"role": "user", "content": "Name three rivers."},
    ],
}

_SCHEMAS: dict[str, Any] = {
    "ChatRequest": {
        "type": "object",
        "required": ["model", "messages"],
        "properties": {
            "model": {"type": "string", "minLength": 1},
            "messages": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Message"}},
            "stream": {"type": ["boolean", "null"]},
            "stream_options": {"type": ["object", "null"], "properties": {"include_usage": {"type": "boolean"}}},
            "n": {"type": ["integer", "null"], "minimum": 1, "maximum": 16},
            "max_tokens": {"type": ["integer", "null"], "minimum": 1, "maximum": 10_000_000},
            "max_completion_tokens": {"type": ["integer", "null"], "minimum": 1, "maximum": 10_000_000},
            "temperature": {"type": ["number", "null"], "minimum": 0, "maximum": 10},
            "top_p": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
            "seed": {"type": ["integer", "null"], "minimum": -(2**63), "maximum": 2**63 - 1},
            "stop": {
                "anyOf": [
                    {"type": "null"},
                    {"type": "string"},
                    {"type": "array", "maxItems": 16, "items": {"type": "string"}},
                ]
            },
            "lightwing": {
                "type": ["object", "null"],
                "additionalProperties": False,
                "properties": {
                    "streaming": {"enum": ["verified", "optimistic", None]},
                    "wishes": {"type": ["boolean", "null"]},
                },
            },
        },
    },
    "Message": {
        "type": "object",
        "required": ["role"],
        "properties": {
            "role": {"enum": ["system", "developer", "user", "assistant", "tool"]},
            "content": {
                "anyOf": [{"type": "null"}, {"type": "string"}, {"type": "array", "items": {"type": "object"}}]
            },
        },
    },
    "Completion": {
        "type": "object",
        "description": "Where nothing is checked, the answer as the model's endpoint wrote it, without `lightwing`.",
        "required": ["choices"],
        "properties": {
            "choices": {"type": "array", "items": {"type": "object"}},
            "lightwing": {
                "type": "object",
                "required": ["status", "calls", "judge_calls", "price", "choices"],
                "properties": {"status": {"enum": ["verified", "checked", "not_met", "abstained"]}},
            },
        },
    },
    "ResponseRequest": {
        "type": "object",
        "required": ["model", "input"],
        "properties": {
            "model": {"type": "string", "minLength": 1},
            "input": {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": {"type": "object"}}]},
            "instructions": {"type": ["string", "null"]},
            "max_output_tokens": {"type": ["integer", "null"], "minimum": 1, "maximum": 10_000_000},
            "stream": {"type": ["boolean", "null"]},
            "tools": {"type": ["array", "null"], "items": {"type": "object"}},
            "text": {"type": ["object", "null"]},
        },
    },
    "Response": {
        "type": "object",
        "required": ["id", "object", "status", "model", "output", "usage", "lightwing"],
        "properties": {"status": {"enum": ["completed", "incomplete"]}, "output": {"type": "array"}},
    },
    "Models": {
        "type": "object",
        "required": ["object", "data"],
        "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Model"}}},
    },
    "Model": {"type": "object", "required": ["id", "object", "created", "owned_by"]},
    "State": {"type": "object", "required": ["status"]},
    "Error": {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["message", "type", "param", "code"],
                "properties": {"message": {"type": "string"}, "type": {"type": "string"}},
            }
        },
    },
}
