# What the scripts share: a temporary environment with pinned packages, and a program whose output is compared.

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# with PACKAGE==VERSION...: install them
with() {
    python3 -m venv "$folder/env"
    "$folder/env/bin/pip" install --quiet "$@"
}

# sees EXPECTED: run the program on standard input, print what it prints, and fail where that is something else
sees() {
    cat > "$folder/run.py"
    seen=$("$folder/env/bin/python" "$folder/run.py")
    echo "$seen"
    [ "$seen" = "$1" ] || { printf 'changed: it was\n%s\n' "$1"; exit 1; }
}
