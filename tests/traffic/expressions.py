"""Octets that an expression matches, laid over octets that are fixed already."""

import re
import string

try:
    from re import _constants as names, _parser as parser
except ImportError:  # Python before 3.11
    import sre_constants as names
    import sre_parse as parser

PLAIN = [ord(char) for char in string.ascii_lowercase + string.digits]
PRINTED = [ord(char) for char in string.ascii_letters + string.digits + "_-./=%&+ ,:"]
CATEGORIES = {
    names.CATEGORY_DIGIT: rb"\d", names.CATEGORY_NOT_DIGIT: rb"\D",
    names.CATEGORY_SPACE: rb"\s", names.CATEGORY_NOT_SPACE: rb"\S",
    names.CATEGORY_WORD: rb"\w", names.CATEGORY_NOT_WORD: rb"\W",
}
REPEATS = {names.MAX_REPEAT, names.MIN_REPEAT, getattr(names, "POSSESSIVE_REPEAT", None)}


class Gave(Exception):
    """Too many steps."""


class Sampler:
    """Walks an expression and fixes octets so that it matches."""

    def __init__(self, test, rng, words):
        self.rng, self.words = rng, words
        self.tree = parser.parse(test["text"].encode("latin-1", "replace"), test["flags"])
        self.flags = self.tree.state.flags
        self.steps = 0
        self.sets = {}

    def at(self, start, cells, base, length):
        """The cells with a match that starts at `start`, and where it ends; or nothing."""
        self.steps, self.base, self.length = 4000, base, length
        try:
            for found, end, _ in self.walk(list(self.tree), start, cells, {}):
                return found, end
        except (Gave, RecursionError):
            pass
        return None

    def members(self, node):
        """The octets that one place takes."""
        kind, value = node
        key = (kind, repr(value))
        if key not in self.sets:
            self.sets[key] = self.find_members(kind, value)
        return self.sets[key]

    def find_members(self, kind, value):
        if kind == names.LITERAL:
            taken = {value}
        elif kind == names.NOT_LITERAL:
            return set(range(256)) - {value}
        elif kind == names.ANY:
            return set(range(256)) - (set() if self.flags & re.S else {10})
        else:
            taken, negated = set(), False
            for part, inner in value:
                if part == names.NEGATE:
                    negated = True
                elif part == names.LITERAL:
                    taken.add(inner)
                elif part == names.RANGE:
                    taken.update(range(inner[0], inner[1] + 1))
                elif part == names.CATEGORY:
                    one = re.compile(CATEGORIES[inner])
                    taken.update(o for o in range(256) if one.match(bytes([o])))
            if self.flags & re.I:
                taken |= {ord(chr(o).swapcase()) for o in taken if o < 128}
            return set(range(256)) - taken if negated else taken
        if self.flags & re.I:
            taken |= {ord(chr(o).swapcase()) for o in taken if o < 128}
        return taken

    def pick(self, taken):
        for liked in (PLAIN, PRINTED):
            some = [octet for octet in liked if octet in taken]
            if some:
                return self.rng.choice(some)
        return self.rng.choice(sorted(taken)) if taken else None

    def walk(self, nodes, at, cells, groups):
        self.steps -= 1
        if self.steps < 0:
            raise Gave
        if not nodes:
            yield cells, at, groups
            return
        (kind, value), rest = nodes[0], nodes[1:]
        if kind in (names.LITERAL, names.NOT_LITERAL, names.ANY, names.IN):
            taken = self.members((kind, value))
            fixed = cells.get(at)
            if fixed is None:
                octet = value if kind == names.LITERAL else self.pick(taken)
                if octet is not None and at >= 0:
                    yield from self.walk(rest, at + 1, {**cells, at: octet}, groups)
            elif fixed in taken:
                yield from self.walk(rest, at + 1, cells, groups)
        elif kind in REPEATS:
            yield from self.repeat(value, rest, at, cells, groups)
        elif kind == names.SUBPATTERN:
            number, _, _, inner = value
            for found, end, some in self.walk(list(inner), at, cells, groups):
                if number is not None:
                    some = {**some, number: (at, end)}
                yield from self.walk(rest, end, found, some)
        elif kind == getattr(names, "ATOMIC_GROUP", None):
            yield from self.walk(list(value) + rest, at, cells, groups)
        elif kind == names.BRANCH:
            branches = list(value[1])
            self.rng.shuffle(branches)
            for branch in branches:
                yield from self.walk(list(branch) + rest, at, cells, groups)
        elif kind == names.GROUPREF:
            first, last = groups.get(value, (at, at))
            text = [(names.LITERAL, cells[place]) for place in range(first, last)]
            yield from self.walk(text + rest, at, cells, groups)
        elif kind == names.ASSERT and value[0] > 0:
            for found, _, some in self.walk(list(value[1]), at, cells, groups):
                yield from self.walk(rest, at, found, some)
        elif kind == names.AT and value in (names.AT_BEGINNING, names.AT_BEGINNING_STRING):
            line = self.flags & re.M and cells.get(at - 1) == 10
            if at == self.base or line:
                yield from self.walk(rest, at, cells, groups)
        elif kind == names.AT and value in (names.AT_END, names.AT_END_STRING):
            if all(place < at for place in cells) or self.flags & re.M:
                if self.flags & re.M and cells.get(at) is None and any(p > at for p in cells):
                    cells = {**cells, at: 10}
                yield from self.walk(rest, at, cells, groups)
        else:
            # Assertions of what must not be: looked at when the whole is.
            yield from self.walk(rest, at, cells, groups)

    def repeat(self, value, rest, at, cells, groups):
        least, most, inner = value
        most = min(most, least + 40, 5000)
        node = inner[0] if len(inner) == 1 else None
        counts = []
        if node and node[0] in (names.NOT_LITERAL, names.ANY, names.IN):
            taken = self.members(node)
            words = [word for word in self.words if least <= len(word) and set(word) <= taken]
            for word in self.rng.sample(words, min(len(words), 3)):
                if self.rng.random() < 0.6:
                    laid = [(names.LITERAL, octet) for octet in word]
                    yield from self.walk(laid + rest, at, cells, groups)
            # As far as octets are fixed and fit.
            run = 0
            while run < most and cells.get(at + run) in taken:
                run += 1
            counts = [count for count in (run, run - 1, run - 2, run - 3) if least <= count]
            if run > 4:
                counts += self.rng.sample(range(least, run), min(run - least, 6)) if run > least else []
        some = [least, min(most, least + 1), self.rng.randint(least, min(most, least + 8))]
        self.rng.shuffle(some)
        for count in dict.fromkeys([*counts, *some]):
            if node and node[0] in (names.LITERAL, names.NOT_LITERAL, names.ANY, names.IN):
                laid = self.run(node, count, at, cells)
                if laid is not None:
                    yield from self.walk(rest, at + count, laid, groups)
            elif count <= 400:
                yield from self.walk(list(inner) * count + rest, at, cells, groups)

    def run(self, node, count, at, cells):
        """The cells with `count` octets of one kind; or nothing where others are fixed."""
        taken, new = self.members(node), {}
        for place in range(at, at + count):
            fixed = cells.get(place)
            if fixed is None:
                new[place] = node[1] if node[0] == names.LITERAL else self.pick(taken)
                if new[place] is None:
                    return None
            elif fixed not in taken:
                return None
        self.steps -= count // 8
        return {**cells, **new}


def words_of(contents):
    """Contents and the runs of letters, digits and others in them."""
    words = set()
    for octets in contents:
        words.add(octets)
        for pattern in (rb"[a-zA-Z]+", rb"[0-9]+", rb"\w+", rb"[^&=?/]+", rb"[^.]+", rb"[^\r\n]+", rb"[^\s]+"):
            words.update(re.findall(pattern, octets))
    return sorted(word for word in words if word)
