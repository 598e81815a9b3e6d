"""A small town: households who share surname, street and telephone, and some people who are there twice."""

from pathlib import Path

import numpy as np

FIRST = [
    *("anna", "ben", "clara", "david", "emma", "felix", "greta", "henry", "jonas", "karla", "noah", "olga", "paul"),
    *("quinn", "rosa", "simon", "tara", "vera", "wanda", "xaver", "zeno", "bruno", "celia", "dora", "erik", "frida"),
    *("gustav", "hanna", "jule", "kilian", "lotte", "marek", "nora", "otto", "petra"),
]
LAST = [
    *("abel", "brandt", "cordes", "decker", "ehlers", "fuchs", "grimm", "hansen", "ihde", "jansen", "keller"),
    *("lorenz", "meier", "neumann", "otten", "peters", "quast", "richter", "seidel", "thoma", "ullrich", "vogel"),
    *("wagner", "xander", "york", "zander", "adler", "becker", "claus", "dorn", "engel", "frank", "huber", "jung"),
]
STREETS = [
    f"{name} {kind}" for name in ("oak", "elm", "mill", "church", "lake", "hill") for kind in ("road", "lane", "way")
]
TWICE = 60
HEAD = "id,first_name,surname,born,street,zip,phone"


def town(folder: Path, homes: int = 200, twice: int = TWICE) -> Path:
    """Write `people.csv` and `orders.csv`; who is twice there is `pN` and `pN-again`, with a slip of the pen."""
    rng = np.random.default_rng(7)
    rows = [HEAD]
    number = 0
    for _ in range(homes):
        last, street, phone = (
            rng.choice(LAST),
            f"{rng.choice(STREETS)} {rng.integers(1, 90)}",
            rng.integers(10**8, 10**9),
        )
        zip_code = rng.integers(10000, 10040)
        for first in rng.choice(FIRST, 2, replace=False):
            born = f"{rng.integers(1940, 2005)}-{rng.integers(1, 13):02}-{rng.integers(1, 29):02}"
            rows.append(f"p{number},{first},{last},{born},{street},{zip_code},+49 {phone}")
            if number < 2 * twice and number % 2 == 0:
                wrong = (_slip(first, rng), born) if number % 4 else (first, _slip(born, rng))
                rows.append(f"p{number}-again,{wrong[0]},{last},{wrong[1]},{street},{zip_code},0{phone}")
            number += 1
    (folder / "people.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    orders = ["who,at", *(f"p{place},2024-01-{place % 28 + 1:02}" for place in range(number))]
    (folder / "orders.csv").write_text("\n".join(orders) + "\n", encoding="utf-8")
    return folder


def _slip(word: str, rng: np.random.Generator) -> str:
    """Return a word with one letter missing."""
    place = int(rng.integers(1, len(word)))
    return word[:place] + word[place + 1 :]


def declared(identity: str = 'keys = ["user_id"]') -> str:
    """Return the dataset file of a town."""
    key = "user_id" if identity else "customer_id"
    given = {key: "id", "first_name": "first_name", "surname": "surname", "birth_date": "born", "street": "street"}
    columns = ", ".join(f'{name} = "{own}"' for name, own in (given | {"zip": "zip", "phone": "phone"}).items())
    return (
        'name = "town"\n'
        f'[[sources]]\npath = "orders.csv"\nevent = "purchase"\ncolumns = {{ {key} = "who", occurred_at = "at" }}\n'
        f'[[attributes]]\npath = "people.csv"\ncolumns = {{ {columns} }}\n'
    ) + (f"[identity]\n{identity}\n" if identity else "")
