"""The statements of the runbook run on the schema as it is."""

import re
from pathlib import Path

import asyncpg
import pytest

RUNBOOK = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
BLOCKS = re.findall(r"```sql\n(.*?)```", RUNBOOK.read_text(encoding="utf-8"), re.DOTALL)
STATEMENTS = [statement.strip() for block in BLOCKS for statement in block.split(";") if statement.strip()]


@pytest.mark.parametrize("statement", STATEMENTS)
async def test_a_statement_of_the_runbook_is_understood(statement: str, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("EXPLAIN " + statement.replace("'…'", "NULL"))
    finally:
        await connection.close()
