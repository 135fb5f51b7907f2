import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.provision import postgresql


@pytest.mark.parametrize("turn", ["first", "second"])
def test_every_test_gets_an_empty_database(database_url: str, turn: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE person (name TEXT)"))
        connection.execute(text("INSERT INTO person VALUES ('Ada')"))
        assert connection.execute(text("SELECT count(*) FROM person")).scalar_one() == 1
    engine.dispose()


@pytest.mark.postgres
def test_a_database_is_dropped_although_somebody_is_connected(postgresql_server: str) -> None:
    with postgresql.fresh_database(postgresql_server) as url:
        left_open = psycopg.connect(url)
    with pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


@pytest.mark.postgres
def test_the_server_admits_nobody_without_its_password(postgresql_server: str) -> None:
    _, _, host = postgresql_server.partition("@")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(f"postgresql://postgres:guess@{host}")
