"""The one door to what turns sheets upright and cuts them into figures."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from patentzoo.errors import ImageError, PatentZooError
from patentzoo.images.page import Page
from patentzoo.images.raster import Raster

logger = logging.getLogger(__name__)


def turned_upright(page: Page, raster: Raster) -> Page:
    """Turn a sheet that no mark says the right side of, by evidence; note the turns in metadata.

    Raises:
        ImageError: The sheet defeats the reader of labels.
    """
    from patentzoo.figures import upright

    grey, turns = page.grey, raster.turned_clockwise
    if not raster.upright:
        try:
            grey, more = upright(grey, None)
        except Exception as error:
            raise _defeated(page, "turned upright", error) from error
        turns += more
    known = {**page.metadata, "turned_clockwise": turns} if turns else page.metadata
    return dataclasses.replace(page, grey=grey, metadata=known)


def figures_of(page: Page, views: Mapping[str, str]) -> list[Page]:
    """Cut an upright sheet into its figures.

    Args:
        page: The sheet.
        views: From a figure's number, "3A", to the name of its view.

    Raises:
        ImageError: The sheet defeats the splitter.
    """
    from patentzoo.figures import split_page

    if views:
        page = dataclasses.replace(page, metadata={**page.metadata, "views": dict(views)})
    try:
        pages = split_page(page)
    except Exception as error:
        raise _defeated(page, "split into figures", error) from error
    return [_without_views(each) for each in pages]


def numerals_removed(
    grey: npt.NDArray[np.uint8], steps: list[str]
) -> tuple[npt.NDArray[np.uint8], list[str]]:
    """Take reference numerals out of a drawing that shows several, and say so in the steps.

    Args:
        grey: uint8 (H, W).
        steps: What was done to it before, in words.
    """
    from patentzoo.figures.numerals import without_numerals

    plain, count = without_numerals(grey)
    return plain, [*steps, f"{count} reference numerals removed"] if count else steps


def _without_views(page: Page) -> Page:
    kept = {key: value for key, value in page.metadata.items() if key != "views"}
    return dataclasses.replace(page, metadata=kept)


def _defeated(page: Page, what: str, error: Exception) -> PatentZooError:
    """One odd sheet among millions is a failure of its own, not the end of the run."""
    if isinstance(error, PatentZooError):
        return error
    logger.warning("%s cannot be %s", page.id, what, exc_info=error)
    return ImageError(
        f"{page.path or page.id}: the sheet cannot be {what} ({type(error).__name__}: {error}). "
        'figures="whole" takes it as it is.'
    )
