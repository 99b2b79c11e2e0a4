# Runs a program. Alone in its namespace: this frame and what it holds is all that a program finds above itself.
import sys
import traceback


def load(program, space):
    """'' where the program ran to its end, 'left' where it left by itself without an error, else why it failed."""
    try:
        exec(compile(program, 'program', 'exec'), space)
    except SystemExit as error:
        return 'left' if error.code is None or error.code == 0 else 'it leaves with an error'
    except BaseException as error:
        return reason(error)
    return ''


def reason(error):
    name = type(error).__name__
    if isinstance(error, SyntaxError):
        return f'{name} in line {error.lineno}: {error.msg}'
    lines = [at.lineno for at in traceback.extract_tb(error.__traceback__) if at.filename == 'program']
    where = f' in line {lines[-1]}' if lines else ''
    try:
        said = str(error)[:200]
    except BaseException:
        said = ''
    return f'{name}{where}: {said}'.removesuffix(': ')
