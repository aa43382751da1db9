"""The second part of the feed: stories that look alike and are not the same, an embargo, and other scripts."""

from workers.demo.copies import PART, SAME
from workers.demo.sample import Sample, article, story, uri
from workers.demo.variants import framed, page

_drought, _football, _football_2 = story("drought"), story("football"), story("football-2")
_dam, _feature, _census = story("dam"), story("dam-feature"), story("census")
DROUGHT = uri("Larkspur Post", "half-the-water")
FOOTBALL = uri("Playfield", "alder-greywater")
DAM = uri("Northfold Courier", "corrie-dam")
CENSUS = uri("Meridian Wire", "n2260")

LOOK_ALIKES = (
    Sample("original, long", article("Larkspur Post", "half-the-water", _drought.headline, _drought.body), "new"),
    Sample(
        "excerpt, two paragraphs",
        article(
            "Northfold Courier", "sheet-on-the-door", "The sheet on the door", "\n\n".join(_drought.paragraphs[4:6])
        ),
        "duplicate",
        DROUGHT,
        PART,
    ),
    Sample(
        "shortened copy as a web page",
        article(
            "Tidewater Today",
            "half",
            "Living with half the water",
            page(
                "Living with half the water",
                _drought.paragraphs[:5],
                "Tidewater Today",
                ["Plum harvest above average", "Water rates frozen until June", "A walk round the Corrie"],
            ),
            contentType="text/html",
        ),
        "duplicate",
        DROUGHT,
        PART,
    ),
    Sample("original", article("Playfield", "alder-greywater", _football.headline, _football.body), "new"),
    Sample(
        "the match in other words",
        article("Harbour Gazette", "ninety-fourth-minute", _football_2.headline, _football_2.body),
        "new",
    ),
    Sample(
        "copy with a headline list",
        article(
            "Tidewater Today",
            "alder-top",
            "Brandeis heads United to the top",
            framed(
                _football.body,
                after=[
                    "You may also like",
                    "Marrow Town held by the Foundry",
                    "Strand signs for two more years",
                    "Rowers train on the canal",
                ],
            ),
        ),
        "duplicate",
        FOOTBALL,
        SAME,
    ),
    Sample("original, short", article("Northfold Courier", "corrie-dam", _dam.headline, _dam.body), "new"),
    Sample(
        "longer report that quotes it",
        article("Larkspur Post", "under-the-dam", _feature.headline, f"{_dam.body}\n\n{_feature.body}"),
        "new",
        DAM,
        ("related",),
    ),
    Sample(
        "embargoed original",
        article("Meridian Wire", "n2260", _census.headline, _census.body, embargoedUntil="2099-11-26T06:00:00+01:00"),
        "new",
    ),
    Sample(
        "copy of the embargoed one",
        article("Capital Ledger", "census", "Living alone is the new normal", _census.body),
        "duplicate",
        CENSUS,
        SAME,
    ),
)

_tram, _jellyfish, _harbour_bridge = story("kawabe"), story("kawabe-2"), story("lannan")
TRAM = uri("河辺新報", "tram-free")
HARBOUR_BRIDGE = uri("临安湾晚报", "heilong")

OTHER_SCRIPTS = (
    Sample("original in Japanese", article("河辺新報", "tram-free", _tram.headline, _tram.body, language="ja"), "new"),
    Sample(
        "copy under other boilerplate",
        article(
            "港南タイムズ",
            "20261124-3",
            "路面電車、日中は無料に",
            framed(
                _tram.body,
                after=[
                    "関連記事",
                    "港南駅前の再開発、来月着工へ",
                    "市営プールの営業時間を延長",
                    "続きを読む",
                    "無断転載を禁じます",
                ],
            ),
            language="ja",
        ),
        "duplicate",
        TRAM,
        SAME,
    ),
    Sample(
        "excerpt",
        article("港南タイムズ", "20261124-8", "河辺の電車", "\n\n".join(_tram.paragraphs[1:4]), language="ja"),
        "duplicate",
        TRAM,
        PART,
    ),
    Sample(
        "another original",
        article("港南タイムズ", "kurage", _jellyfish.headline, _jellyfish.body, language="ja"),
        "new",
    ),
    Sample(
        "original in Chinese",
        article("临安湾晚报", "heilong", _harbour_bridge.headline, _harbour_bridge.body, language="zh"),
        "new",
    ),
    Sample(
        "copy with a headline list",
        article(
            "港南タイムズ",
            "lannan-bridge",
            "临安湾大桥合龙",
            framed(
                _harbour_bridge.body,
                after=["相关阅读", "渔港改造工程下月开工", "候鸟提前两周抵达湿地", "工业园区新增三条公交线路"],
            ),
            language="zh",
        ),
        "duplicate",
        HARBOUR_BRIDGE,
        SAME,
    ),
)
