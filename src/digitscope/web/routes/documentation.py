"""`/docs`: the operations to try out in a browser, by Swagger UI, from this server alone."""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from starlette.responses import HTMLResponse

from digitscope import models
from digitscope.web.envelope import HEADERS

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>digitscope: the service</title>
<link rel="icon" href="icon.svg">
<link rel="stylesheet" href="swagger/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="swagger/swagger-ui-bundle.js"></script>
<script src="swagger/start.js"></script>
</body>
</html>
"""
POLICY = HEADERS["content-security-policy"].replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")

router = APIRouter()


@router.get("/docs", include_in_schema=False)
async def docs() -> HTMLResponse:
    """The page; Swagger UI sets style attributes, which its policy allows."""
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})


def complete(app: FastAPI, problem: type[BaseModel]) -> None:
    """Describe problems and the token, and no more answers than there are."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            components = made.setdefault("components", {})
            schemas = components.setdefault("schemas", {})
            schemas["Problem"] = problem.model_json_schema()
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            for path, operations in made["paths"].items():
                for operation in operations.values():
                    if path.startswith(("/v1", "/v2", "/metrics")):
                        operation["security"] = [{}, {"token": []}]
                    wrong = operation["responses"].get("422", {}).get("content", {})
                    if "application/json" in wrong:  # FastAPI's own; ours is a problem
                        wrong.pop("application/json")
                        wrong["application/problem+json"] = {"schema": {"$ref": "#/components/schemas/Problem"}}
            asked = made["paths"]["/v1/classify"]["post"]["requestBody"]["content"]["application/json"]["schema"]
            asked["properties"]["model"]["enum"] = models.names()  # read from the files, once somebody asks
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]
