"""Large numbers as people say them; knows no file."""


def amount(count: int) -> str:
    """Bytes as on a shop's shelf: powers of a thousand, "4.1 GB"."""
    return "1 byte" if count == 1 else _scaled(count, (" bytes", " kB", " MB", " GB", " TB", " PB", " EB"))


def parameters(count: int) -> str:
    """The size of a model: "596M", "7.6B"."""
    return _scaled(count, ("", "K", "M", "B", "T"))


def _scaled(count: int, units: tuple[str, ...]) -> str:
    step, power = 0, 1
    while step < len(units) - 1 and count >= power * 1000 - power // 2:
        step, power = step + 1, power * 1000
    if step == 0:
        return f"{count}{units[0]}"
    tenths = (count * 10 + power // 2) // power
    if tenths < 100:
        return f"{tenths / 10:.1f}{units[step]}"
    return f"{(count + power // 2) // power:,}{units[step]}"
