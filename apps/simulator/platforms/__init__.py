"""The platforms that are played, by the kind of channel each is the other side of. One line makes one known."""

from apps.simulator.platform import Platform
from apps.simulator.platforms.app import App
from apps.simulator.platforms.dingtalk import Dingtalk, DingtalkStream
from apps.simulator.platforms.discord import Discord
from apps.simulator.platforms.douyin import Douyin
from apps.simulator.platforms.feishu import Feishu
from apps.simulator.platforms.line import LineMessenger
from apps.simulator.platforms.meta import Instagram, Messenger, Whatsapp
from apps.simulator.platforms.qq import Qq
from apps.simulator.platforms.slack import Slack
from apps.simulator.platforms.sms_aliyun import Aliyun
from apps.simulator.platforms.sms_tencent import Tencent
from apps.simulator.platforms.sms_twilio import Twilio
from apps.simulator.platforms.teams import Teams
from apps.simulator.platforms.telegram import Telegram
from apps.simulator.platforms.viber import Viber
from apps.simulator.platforms.wechat import MiniProgram, OfficialAccount
from apps.simulator.platforms.wecom import WecomApp, WecomService
from apps.simulator.platforms.weibo import Weibo
from apps.simulator.platforms.x import X

PLATFORMS: dict[str, type[Platform]] = {
    platform.kind: platform
    for platform in (
        App,
        Aliyun,
        Tencent,
        Twilio,
        OfficialAccount,
        MiniProgram,
        Douyin,
        Weibo,
        WecomApp,
        WecomService,
        Feishu,
        Dingtalk,
        DingtalkStream,
        Qq,
        Telegram,
        LineMessenger,
        Whatsapp,
        Messenger,
        Instagram,
        Viber,
        Slack,
        Teams,
        X,
        Discord,
    )
}
