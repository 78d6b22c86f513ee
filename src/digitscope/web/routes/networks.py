"""`/models/NAME.json` and `.bin`: a classifier's layers and weights, which the page runs by itself."""

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
