"""The held-out set of Echo: no term, weight or threshold was chosen on it.

Written before the method of `server/domain/echo.py` was worked on, from topics that the development
set (`echo_development.py`) does not have, and looked at once, at the end; what came out is printed in
docs/benchmarks.md. Who tunes on it needs a new one.
"""

from collections.abc import Sequence

PAIRS: Sequence[tuple[str, str]] = (
    ("救护车到了小区门口被地桩挡住，只能抬着担架跑进去", "小区装了地桩，急救车开不进去，病人是用担架抬出来的"),
    ("工地扬尘在线监测的探头经常被工人用塑料袋套住", "有的工地拿塑料袋把扬尘探头一罩，监测数据就好看了"),
    ("外地来的务工人员子女上学要交的证明太多，居住证办不下来", "没有居住证，务工人员的孩子报不了名，学校要的证明他们开不出"),
    ("企业注销要跑税务、工商、社保三家，材料都差不多", "办一次注销，税务要一套材料，社保又要一套，企业觉得是重复劳动"),
    ("图书馆的借阅证和文化馆的预约系统是两套账号", "市民到文化馆预约要另外注册，图书馆的账号用不了"),
    ("地铁施工占了半条路，公交改道的通知贴在站牌上没人看见", "地铁一开工公交就改道，老百姓到了站牌才知道车不来了"),
    ("热力公司停暖检修从来不提前通知街道", "停暖了居民打电话问街道，街道也不知道热力公司在检修"),
    ("消防栓的位置图在消防支队，自来水公司改造管网时挪走了也没人更新", "管网改造以后消防栓的位置变了，图上还是老的，出警时找不到"),
    ("老旧小区加装电梯，一楼住户不同意就全停了", "加装电梯卡在一楼业主那里，一家不签字整栋楼都装不成"),
    ("雾霾预警发布以后，学校停不停课没有明确的依据", "教育这边等通知，雾霾红色预警来了学校不知道该不该停课"),
    ("垃圾分类的厢房夜里锁门，居民只好把垃圾堆在外面", "分类厢房晚上不开，下夜班的人垃圾没处扔，就放在门口"),
    ("法院查封的房产信息，不动产登记中心要等纸质函件", "房子被查封了登记中心不知道，函件走邮寄，中间这几天照样能过户"),
    ("农村公路修好以后养护没有钱，三年就坏了", "村里的路修的时候有拨款，养护一分钱没有，坏了只能看着"),
    ("旅游景区的客流数据掌握在门票公司手里，文旅部门拿不到实时的", "景区限流要看客流，门票公司只给日报，文旅这边没有实时数"),
    ("医保异地结算的药品目录两个省不一样，患者要先自己垫钱", "异地看病目录对不上，结算不了，患者先垫付再回来报销"),
    ("共享单车乱停，城管拖走以后企业不来领", "单车企业对拖走的车不闻不问，城管的停车场都堆满了"),
    ("高校的科研设备利用率低，中小企业想用不知道找谁", "中小企业做检测要的设备高校里就有，可是没有渠道借"),
    ("气象局的暴雨预报精确到区，排水公司需要的是精确到街道", "排水调度要街道一级的雨量，气象给的预报只到区"),
    ("养犬登记要到派出所，疫苗记录在宠物医院，两边不通", "派出所登记养犬时看不到疫苗，养犬人要拿宠物医院的本子来证明"),
    ("废旧电池回收箱满了没人清，环保和供销社互相推", "回收箱里的旧电池堆了半年，环保说归供销社，供销社说归环保"),
    ("Snow ploughs clear the ring road first and the hospital access is left until noon", "the hospital access stays under snow because ploughs start with the ring road"),
    ("Street lamps are repaired only after residents phone three offices", "to get a lamp repaired, residents have to phone one office after another"),
    ("Tenants cannot prove their address because landlords refuse to register contracts", "landlords will not register the contract, so tenants have no proof of address"),
    ("The library closes before commuters come home from work", "commuters never reach the library before it closes"),
    ("Noise complaints from the airport are answered by a machine", "whoever complains about airport noise gets an automatic answer"),
    ("Interpreters for deaf citizens must be booked two weeks ahead", "a deaf citizen waits two weeks until an interpreter can be booked"),
    ("Flood maps used by insurers are older than those of the water board", "insurers work with old flood maps although the water board has newer ones"),
    ("Cyclists are sent over the same junction where lorries turn to the port", "lorries turning to the port cross the path of cyclists at that junction"),
    ("Kindergartens learn of a gas leak from parents, not from the gas supplier", "the gas supplier tells nobody; kindergartens hear of a leak from the parents"),
    ("Archive scans are stored as pictures, so nobody can search the land deeds", "land deeds were scanned as pictures and cannot be searched"),
)  # fmt: skip
"""What the room says, and what another room said of the same in other words."""

NEAR_MISSES: Sequence[str] = (
    "救护车去年新购了十二辆", "小区的担架床由物业保管", "工地门口都装了洗车台", "工人的塑料袋食堂不再免费提供",
    "务工人员的工资专户已经全部开设", "学校的报名系统换了服务器", "税务局的大厅搬到了新址", "企业开办一天就能拿到执照",
    "图书馆周一闭馆盘点", "市民对文化馆的演出很满意", "地铁二号线延长到了机场", "公交站牌今年换成电子的",
    "热力公司更换了两台锅炉", "街道的网格员每人负责三百户", "消防支队搞了一次演练", "自来水的水质每周检测一次",
    "小区的电梯维保合同到期了", "一楼的商铺租金又涨了", "雾霾天数比去年少了十天", "学校的课后服务由街道补贴",
    "垃圾车清晨五点开始收运", "居民把旧家具堆在楼道里", "法院的立案可以在网上办", "登记中心周末也开门",
    "农村公路的路灯换成了太阳能", "村里的养护工年纪都大了", "景区门票旺季涨到八十元", "文旅部门办了一个美食节",
    "医保卡丢了可以当天补办", "患者对食堂的意见比较多", "共享单车的押金都退了", "城管夜里加了两班巡逻",
    "高校的宿舍今年没有扩建", "中小企业的贷款利率降了", "气象局在山上新建了一个雷达", "排水公司的泵车都配到位了",
    "派出所的户籍窗口周六上班", "宠物医院要到农业部门备案", "环保局查处了两家电镀厂", "供销社的化肥价格平稳",
    "Snow closed the airport for two hours", "The ring road gets a new bridge next year",
    "Residents asked for more lamps in the park", "Three offices moved into the new town hall",
    "Landlords pay a new tax from January", "Tenants asked for a lift in the hospital quarter",
    "The library bought two hundred new books", "Commuters want a later train on Fridays",
    "The airport opened a second parking house", "A machine sorts the letters of the town hall",
    "Interpreters earn less than teachers", "The water board replaced forty pumps",
    "Insurers sponsor the summer festival", "Lorries may not enter the old town at night",
    "The port expects more ships this autumn", "Kindergartens raise their fees in spring",
    "The gas supplier hires forty fitters", "Parents run the bus to the swimming pool",
    "The land office closes at noon on Fridays", "Scans of passports are deleted after a year",
)  # fmt: skip
"""Said elsewhere of the same things, but something else: each offer of one is wrong."""

WITHOUT_ECHO: Sequence[str] = (
    "急救中心的接线员轮三班倒", "扬尘罚款今年收了两百万", "居住证的照片可以用手机拍", "社保卡换成第三代要到银行",
    "文化馆的舞蹈班报满了", "地铁票价和公交票价差一块钱", "暖气费可以分两次交", "管网的探漏仪是进口的",
    "业主群里天天吵停车费", "预警短信要发到每个班主任", "厢房的招标十月开始", "过户的税费可以先算好",
    "村里想建一个文化广场", "限流的牌子字太小", "药店的医保刷卡机坏了", "拖车的司机不够",
    "实验室的危险品要单独存放", "雨量站的电池一年一换", "宠物公园选址还没有定", "旧衣服回收箱也归街道管",
    "Ploughs are parked beside the fire station", "Phone lines of the council are renewed",
    "The register of clubs is public", "Trains to the port run empty", "Maps of the bus lines hang in every lift",
    "Deaf pupils have a school of their own", "A junction box burnt down last week", "The deeds of the church are in Latin",
)  # fmt: skip
"""What the room says too, of which nobody else spoke: each offer to one is wrong."""

SUBJECTS: Sequence[str] = (
    "街道", "居民", "企业", "学校", "小区", "城管", "派出所", "图书馆", "地铁公司", "公交集团", "热力公司", "环保局", "气象局", "法院",
    "医院", "文旅局", "高校", "工地", "村委会", "物业",
)  # fmt: skip
OBJECTS: Sequence[str] = (
    "通知", "数据", "材料", "停车场", "登记", "证明", "管网", "预约", "系统", "经费", "设备", "检修", "巡查", "补贴", "账号", "目录", "客流",
    "垃圾", "电梯", "公告",
)  # fmt: skip
PREDICATES: Sequence[str] = (
    "下个月开始检查", "去年做过一次统计", "由专人负责", "今年的计划已经报上去了", "还要再讨论一下", "比以前好多了", "大家意见不一样",
    "需要单独列一个项目", "我们单位没有参加", "标准是部里定的", "明天可以发给各位", "每个季度汇总一次", "已经写进报告", "换过两任负责人",
)  # fmt: skip
"""What the lines around are made of."""
WORDS_EN: tuple[Sequence[str], Sequence[str], Sequence[str]] = (
    ("residents", "tenants", "commuters", "insurers", "parents", "cyclists", "the office", "the library", "the airport", "the port"),
    ("the maps", "the register", "the contract", "the lamps", "the snow", "the junction", "the noise", "the fees", "the scans", "the bus"),
    ("were discussed last year", "will be counted in spring", "are paid by the council", "need a project of their own", "belong to another office",
     "were moved to the annex", "are on the agenda tomorrow", "have improved a lot"),
)  # fmt: skip
