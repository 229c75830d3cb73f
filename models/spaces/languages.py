"""The language of a file of vectors, told from its name."""

from __future__ import annotations

import re
from pathlib import PurePath

_TWO_LETTERS = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy "
    "da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu "
    "hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb "
    "lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om "
    "or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv "
    "sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh "
    "zu"
)
"""ISO 639-1, and the codes that published vectors still use beside it."""
_THREE_LETTERS = (
    "als arz ast azb bar bcl bpy ceb ckb diq eml frr gom hif hsb ilo lmo mai mhr min mrj mwl mzn "
    "nah nap nds new pam pfl pms pnb sah scn sco vec vls war wuu xmf yue zea"
)
"""Those of fastText's 157 languages that have no code of two letters."""
_SUFFIX = re.compile(
    r"(\.(vec|txt|bin|npy|npz|kv|parquet|safetensors|arrow))?(\.(gz|bz2|xz|zip))?$", re.IGNORECASE
)
_REGION = re.compile(r"(?<![A-Za-z])([a-z]{2,3})[-_]([A-Z]{2}|[A-Z][a-z]{3})(?![A-Za-z])")
_PARTS = re.compile(r"[^A-Za-z]+")


def guess_language(path: PurePath) -> str | None:
    """Tell the language from the name of a file; None where the name does not say exactly one.

    >>> guess_language(PurePath("wiki.en.vec")), guess_language(PurePath("cc.fr.300.bin"))
    ('en', 'fr')
    >>> guess_language(PurePath("news_pt-BR.vec.gz"))
    'pt-BR'
    >>> guess_language(PurePath("glove.6B.300d.txt")) is None
    True

    Codes of two letters count before those of three, which are often words of English.
    """
    # `vec` is a language too: of `wiki.vec.vec` only the end is a suffix.
    name = _SUFFIX.sub("", path.name)
    known = {*_TWO_LETTERS.split(), *_THREE_LETTERS.split()}
    regions = {"-".join(match) for match in _REGION.findall(name) if match[0] in known}
    if len(regions) == 1:
        return next(iter(regions))
    parts = set(_PARTS.split(name))
    for codes in (_TWO_LETTERS, _THREE_LETTERS):
        found = parts & set(codes.split())
        if len(found) == 1:
            return next(iter(found))
        if found:
            return None
    return None
