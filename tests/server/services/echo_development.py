"""The development set of Echo: pairs that its method was chosen on; its figures are no evidence."""

from collections.abc import Sequence

PAIRS: Sequence[tuple[str, str]] = (
    ("泵站的水位数据没有实时传到交通指挥中心", "交通指挥中心看不到泵站的实时水位数据"),
    ("居民办事要在三个窗口重复提交户籍证明", "同一份户籍证明，居民要重复提交好几次"),
    ("应急预案更新以后街道办事处收不到通知", "街道办事处说应急预案更新了也没人通知"),
    ("地下管线图纸由各家公司分别保存，格式不统一", "管线图纸格式不统一，地下施工常常挖断"),
    ("空气监测站点数量不足，郊区没有覆盖", "郊区缺少空气监测站点，覆盖不了"),
    ("公交刷卡记录不能用于线路优化，因为隐私规定不清", "隐私规定不清楚，公交刷卡记录没法共享"),
    ("养老机构的床位信息靠电话逐家询问", "床位信息没有平台，要打电话逐家问养老机构"),
    ("企业信用评级在招标审查时查不到", "招标审查的时候查不到企业信用评级"),
    ("公安的视频探头市容部门调不到，占道经营只能靠人巡查", "我们查占道经营想调公安探头，申请了半年也没批下来"),
    ("船舶进港的申报海事和口岸各录一遍", "同一条船进港，口岸办录完，海事局又要企业重新申报"),
    ("基站选址的时候小区业主反对，移动联通都进不去", "居民一反对，通信公司的基站就建不了"),
    ("食品追溯编码只覆盖大超市，农贸市场没有", "农贸市场的摊位没有纳入食品追溯，出了事查不到来源"),
    ("电子病历在医院之间不通用，病人转院要重新检查", "转院以后原来的检查结果看不到，电子病历各医院是各医院的"),
    ("农产品价格行情乡镇看不到，农户种什么全凭感觉", "乡镇没有渠道拿到农产品行情，农户都是跟风种"),
    ("残疾人补贴名单和民政数据对不上，死亡的人还在领", "有人已经死亡，残疾人补贴还在发，因为跟民政没有比对"),
    ("海洋观测浮标坏了没有维修经费", "浮标出了故障，海洋局说没钱修"),
    ("危化品运输车辆的路线只报给交警，安监看不到", "安监这边不知道危化品车走哪条路，路线在交警手里"),
    ("学生体检结果留在校医院，家长要复印才拿得到", "家长想看孩子的体检结果，只能到校医院去复印"),
    ("公积金提取要单位盖章，退休的人找不到原单位", "人退休了原单位也没了，提取公积金的章没地方盖"),
    ("路灯和信号灯分属两个部门，共用一根杆子谁也不愿出电费", "一根杆上既有路灯又有信号灯，电费两个部门扯皮"),
    ("采暖补贴的名单每年重新填，去年的数据带不过来", "采暖补贴年年让职工重填，去年填的都不算"),
    ("水库的泄洪通知用传真发，下游村子晚上没人值班", "下游的村里夜里没人看传真，泄洪通知等于没发"),
    ("志愿者在三个平台注册，服务时长不能合并", "服务时长分散在几个平台上，志愿者年底自己加"),
    ("幼儿园的校车检验标准和公路客车一样，过不了", "校车按客车的标准检验，幼儿园的车都不合格"),
    ("拆迁档案在区里，规划局做方案时调不出来", "规划做方案要看拆迁档案，区里说不外借"),
    ("噪声投诉半夜打进来，环保下班了公安没有仪器", "公安接了噪声投诉去现场，手里没有仪器测不了"),
    ("社区医生开的转诊单，大医院的系统里看不到", "病人拿着社区医生的转诊单来，我们大医院系统里没有"),
    ("停车诱导屏显示的空位和实际差很多，因为车场不上传", "车场不肯上传数据，诱导屏上的空位都是假的"),
    ("Nobody publishes the drainage maintenance schedule", "the drainage maintenance schedule is a secret"),
    ("Ambulance dispatch cannot see roadworks permits", "roadworks permits never reach ambulance dispatch"),
    ("School enrolment forecasts ignore housing approvals", "housing approvals are missing in enrolment forecasts"),
    ("Two departments maintain separate address registers", "address registers are maintained twice, separate ones"),
    ("Charging piles in the eco-city overload the grid at night", "nobody forecast what the charging piles do to the grid in the eco-city"),
    ("School buses are tracked by a different vendor in each district", "each district bought from its own vendor to follow the school buses"),
    ("Small firms never hear about the innovation vouchers", "the innovation vouchers are unknown among small firms"),
    ("Inspectors enter the same building permit on paper and on the tablet", "a building permit is filled in twice by inspectors, first on paper"),
    ("Water meters are read by hand because the radio modules were never paid", "we still read water meters by hand; nobody paid for radio modules"),
    ("The elderly cannot use the parking app and get fined", "an elderly driver without the app is fined for parking"),
    ("Fire brigades carry paper plans since tunnels have no signal", "in tunnels there is no signal, so the brigade needs plans on paper"),
    ("Market stalls lose power whenever the tram line is tested", "testing of the tram cuts the power of the market stalls"),
)  # fmt: skip
"""What the room says, and what another room said of the same in other words."""

NEAR_MISSES: Sequence[str] = (
    "公安户籍窗口排队时间太长", "市容巡查车辆年底要更换一批", "占道施工的审批由建委负责", "港区堆场的集装箱位置不清楚",
    "口岸办和海事局合署办公的方案还没定", "移动支付在公交车上推广得不错", "小区业主委员会选举参加的人少", "大超市的停车场夜间对居民开放",
    "农贸市场改造今年完成了六个", "食品抽检结果每个月公布一次", "医院的挂号系统上个月升级过", "转院病人的救护车费用谁承担没有说法",
    "乡镇卫生院缺医生", "农户的宅基地登记还差三成", "残疾人就业培训报名的人不多", "民政的低保审核改成了网上办理",
    "海洋局的执法船停在渤海湾", "观测站的数据每小时报一次", "危化品仓库搬到了港区", "交警的摩托车换了一批", "学生食堂的菜价由学校定",
    "校医院新来了两位大夫", "单位盖章的流程可以走网上", "公积金贷款利率下调", "路灯杆的油漆每两年刷一次", "信号灯的配时方案还在调",
    "补贴的名单要公示七天", "水库的鱼今年长得好", "村子里的传真机坏了", "志愿者的马甲颜色不统一", "幼儿园的学费由物价局核定",
    "公路客车的司机培训合格率高", "拆迁的补偿标准涨了", "规划局的方案下周上会", "环保的仪器送去检定了", "社区医生的工资由区里发",
    "大医院的停车位紧张", "诱导屏的广告由公司经营", "管线探测的队伍不够", "电话咨询的老人比较多",
    "The eco-city opened a second charging station near the school", "The grid company repaired cables at night",
    "Each district pays for school meals by itself", "A different vendor supplies the tablets of the district office",
    "Small firms pay less tax this year", "The building permit office moved to the new hall",
    "Water meters will be painted green", "Radio licences are sold by the state", "The elderly get cheaper tickets",
    "The parking deck closes at ten", "The fire brigade celebrates a hundred years", "Tunnels are washed twice a year",
    "Market stalls pay rent by the day", "The tram line gets longer platforms", "Housing approvals took less time last year",
    "Ambulance drivers train in winter", "The drainage department moved to the annex", "Address labels are printed in colour",
)  # fmt: skip
"""Said elsewhere of the same things, but something else: each offer of one is wrong."""

WITHOUT_ECHO: Sequence[str] = (
    "市容委下周检查沿街广告牌", "公安局新建了三处报警点", "进港航道今年疏浚过两次", "联通和移动的光缆共用一条管道",
    "超市的塑料袋收费没有人管", "医院之间的检查设备可以互相借用", "农户贷款要村里盖章", "民政局合并了两个科室",
    "交警要求校车装定位", "安监的培训放在月底", "学生的近视率又高了", "退休职工的体检安排在春天", "电费的发票改成电子的",
    "水库旁边不让盖房子", "志愿者服务队去了敬老院", "幼儿园周围的摊贩要清理", "规划局的档案室在装修", "噪声标准明年要改",
    "社区的活动室晚上开放", "车场的收费要明码标价",
    "Innovation prizes go to the same firms every year", "The tablet batteries of the inspectors last three hours",
    "Vendor contracts in the district end in March", "Buses to the eco-city run every ten minutes",
    "Meters of gas are read in June", "The brigade has a new radio room", "Elderly volunteers guard the crossing",
    "The tram driver sells tickets at night",
)  # fmt: skip
"""What the room says too, of which nobody else spoke: each offer to one is wrong."""

SUBJECTS: Sequence[str] = (
    "市容委", "公安局", "交警", "安监局", "医院", "民政局", "海事局", "农委", "学校", "家长", "街道", "居民", "乡镇", "超市", "规划局", "环保局",
    "水务局", "社区", "车场", "志愿者",
)  # fmt: skip
OBJECTS: Sequence[str] = (
    "探头", "数据", "名单", "补贴", "申报", "检查", "食品", "浮标", "病历", "行情", "路线", "体检", "公积金", "路灯", "水位", "转诊", "空位",
    "档案", "预案", "管线",
)  # fmt: skip
PREDICATES: Sequence[str] = (
    "的情况下次再汇报", "明年统一招标", "已经纳入考核", "由两个科室分管", "今年没有预算", "要等上级的文件", "正在做试点", "比去年好一些",
    "的标准不太清楚", "大家都不愿意管", "应该列入规划", "上个星期刚开过会", "需要一个牵头单位", "的口径要统一",
)  # fmt: skip
"""What the lines around are made of."""
WORDS_EN: tuple[Sequence[str], Sequence[str], Sequence[str]] = (
    ("inspectors", "small firms", "the district", "the grid company", "the brigade", "parents", "the vendor", "residents", "the office", "dispatch"),
    ("the permits", "the meters", "the tablets", "the buses", "the registers", "the schedule", "the power", "the plans", "the forecasts", "the parking"),
    ("were discussed last week", "are counted every quarter", "have a budget of their own", "belong to somebody else", "should be in the plan",
     "are on the agenda", "need a new contract", "were better last year"),
)  # fmt: skip
