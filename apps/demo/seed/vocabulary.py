"""What a manager of the demo company has configured: names by language, in the order in which they are shown."""

from dataclasses import dataclass

Names = tuple[str, str]  # zh-Hans, en


def names(pair: Names) -> dict[str, str]:
    return {"zh-hans": pair[0], "en": pair[1]}


QUEUES: dict[str, Names] = {
    "general": ("综合客服", "General service"),
    "after-sales": ("售后技术", "After-sales"),
    "refunds": ("退款与发票", "Refunds & invoices"),
    "business": ("企业与 VIP", "Business & VIP"),
    "escalations": ("投诉升级", "Escalations"),
}

# key → names, parent key
CATEGORIES: dict[str, tuple[Names, str | None]] = {
    "orders": (("订单与配送", "Orders & delivery"), None),
    "delivery": (("配送查询", "Delivery"), "orders"),
    "damage": (("破损与少件", "Damaged or missing"), "orders"),
    "returns": (("退换货", "Returns"), "orders"),
    "product": (("产品使用", "Using the product"), None),
    "connection": (("联网与配网", "Connection"), "product"),
    "malfunction": (("故障报修", "Malfunction"), "product"),
    "installation": (("安装预约", "Installation"), "product"),
    "money": (("款项与发票", "Payments & invoices"), None),
    "refund": (("退款", "Refund"), "money"),
    "invoice": (("发票", "Invoice"), "money"),
    "account": (("账号与会员", "Account & membership"), None),
    "presales": (("售前咨询", "Before buying"), None),
    "complaint": (("投诉", "Complaint"), None),
    "other": (("其他", "Other"), None),
}

# Which queue a category's tickets wait in; a child without a row follows its parent.
QUEUE_OF = {
    "orders": "general",
    "product": "after-sales",
    "money": "refunds",
    "account": "general",
    "presales": "business",
    "complaint": "escalations",
    "other": "general",
}


def queue_of(category: str) -> str:
    parent = CATEGORIES[category][1]
    return QUEUE_OF.get(category) or QUEUE_OF[parent or "other"]


TAGS: dict[str, Names] = {
    "logistics": ("物流", "Logistics"),
    "photo": ("有照片", "With photo"),
    "replacement": ("补发", "Replacement"),
    "refund": ("退款", "Refund"),
    "return": ("退货", "Return"),
    "wifi": ("配网", "Wi-Fi"),
    "app": ("App", "App"),
    "repair": ("维修", "Repair"),
    "invoice": ("发票", "Invoice"),
    "presales": ("售前", "Pre-sales"),
    "vip": ("VIP", "VIP"),
    "escalated": ("已升级", "Escalated"),
    "visit": ("上门", "Home visit"),
    "member": ("会员", "Member"),
    "privacy": ("隐私请求", "Privacy request"),
    "praise": ("表扬", "Praise"),
}


@dataclass(frozen=True)
class TeamPlan:
    names: Names
    queues: tuple[str, ...]
    vendor: str | None = None
    channels: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


TEAMS: dict[str, TeamPlan] = {
    "service": TeamPlan(("在线客服组", "Customer service"), ("general", "refunds")),
    "technical": TeamPlan(("售后技术组", "Technical support"), ("after-sales", "general")),
    "key-accounts": TeamPlan(("重点客户组", "Key accounts"), ("business", "escalations", "refunds")),
    "brightline-1": TeamPlan(
        ("明线外包一组", "Brightline team 1"),
        ("general",),
        vendor="brightline",
        channels=("support-mail", "contact-form", "shop-chat"),
        categories=("orders", "delivery", "damage", "returns"),
    ),
}
VENDORS: dict[str, Names] = {"brightline": ("明线客服外包", "Brightline Services")}


@dataclass(frozen=True)
class StaffPlan:
    username: str
    zh: str
    role: str
    teams: tuple[str, ...]
    language: str = "zh-hans"
    vendor: str | None = None


STAFF: tuple[StaffPlan, ...] = (
    StaffPlan("manager", "沈知远", "manager", ("key-accounts",)),
    StaffPlan("supervisor", "陆清和", "supervisor", ("service", "technical", "key-accounts")),
    StaffPlan("agent", "林小满", "agent", ("service",)),
    StaffPlan("vendor_agent", "周一鸣", "vendor_agent", ("brightline-1",), vendor="brightline"),
    StaffPlan("xu.anran", "许安然", "agent", ("service",)),
    StaffPlan("he.jingyu", "何景瑜", "agent", ("technical",)),
    StaffPlan("emma.clarke", "Emma Clarke", "agent", ("service", "technical"), "en"),
    StaffPlan("daniel.reyes", "Daniel Reyes", "agent", ("key-accounts",), "en"),
    StaffPlan("fang.ruoxi", "方若溪", "agent", ("technical",)),
    StaffPlan("tan.wenbo", "谭文博", "vendor_agent", ("brightline-1",), vendor="brightline"),
    StaffPlan("su.mengyao", "苏梦瑶", "vendor_agent", ("brightline-1",), vendor="brightline"),
    StaffPlan("vendor_manager", "秦书雅", "vendor_manager", ("brightline-1",), vendor="brightline"),
)


@dataclass(frozen=True)
class SnippetPlan:
    shortcut: str
    titles: Names
    bodies: Names


SNIPPETS: tuple[SnippetPlan, ...] = (
    SnippetPlan(
        "hello",
        ("问候", "Greeting"),
        (
            "<p>{{customer.name}}您好，我是{{agent.name}}，很高兴为您服务。</p>",
            "<p>Hello {{customer.name}}, my name is {{agent.name}}.</p>",
        ),
    ),
    SnippetPlan(
        "wait",
        ("请稍候", "One moment"),
        (
            "<p>已经收到，正在为您核实，最晚今天 18:00 前回复您。</p>",
            "<p>Thank you, I am looking into it and will write before 6 pm today.</p>",
        ),
    ),
    SnippetPlan(
        "refund",
        ("退款时效", "How long a refund takes"),
        (
            "<p>退款审核通过后 1 至 3 个工作日原路退回，银行到账时间以发卡行为准。</p>",
            "<p>Once approved, a refund is back on the card you paid with within one to three working days.</p>",
        ),
    ),
    SnippetPlan(
        "return",
        ("退货步骤", "How to return"),
        (
            "<p>退货步骤：</p><ol><li>在「我的订单」选择申请退货</li><li>保持配件与包装齐全</li><li>选择上门取件或自行寄回</li></ol>",
            "<p>To return it:</p><ol><li>choose Return under My orders</li><li>keep all parts and the packaging</li><li>have it collected, or send it back</li></ol>",
        ),
    ),
    SnippetPlan(
        "pairing",
        ("重新配网", "Pair again"),
        (
            "<p>请长按机身按键 5 秒至蓝灯闪烁，手机连接 2.4 GHz Wi-Fi 后在 App 中添加设备。</p>",
            "<p>Hold the button for five seconds until the light blinks blue, connect your phone to 2.4 GHz Wi-Fi and add the device in the app.</p>",
        ),
    ),
    SnippetPlan(
        "invoice",
        ("开票资料", "Details for an invoice"),
        (
            "<p>开具专用发票请提供：公司全称、税号、地址电话、开户行及账号。</p>",
            "<p>For a VAT invoice please send: full company name, tax number, address and bank details.</p>",
        ),
    ),
    SnippetPlan(
        "close",
        ("结束语", "Closing"),
        (
            "<p>如果还有其他问题，直接回复即可，工单 {{ticket.number}} 会自动重新打开。祝您生活愉快。</p>",
            "<p>If anything else comes up, just reply and ticket {{ticket.number}} opens again.</p>",
        ),
    ),
)
