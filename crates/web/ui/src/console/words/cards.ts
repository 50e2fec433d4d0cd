// Words of the sheet that sends cards. Loaded with it.
import { learn } from './index';

export const cards = {
  'card.title': ['发卡片', 'Send a card'],
  'card.lead': ['写了一半的会留着，下次打开接着写。', 'What you have begun is kept for the next time.'],
  'card.kind': ['发什么', 'What to send'],
  'card.field.title': ['标题', 'Title'],
  'card.field.desc': ['描述', 'Description'],
  'card.field.url': ['网址', 'Address'],
  'card.field.picture': ['图片', 'Picture'],
  'card.field.pic_url': ['图片网址', 'Address of the picture'],
  'card.field.pic_url.hint': ['公众号和小程序只收网址，不收文件', 'Official accounts and mini-programs take an address, no file'],
  'card.field.appid': ['小程序 AppID', 'AppID of the mini-program'],
  'card.field.pagepath': ['页面路径', 'Path of the page'],
  'card.field.name': ['地点名称', 'Name of the place'],
  'card.field.address': ['地址', 'Street address'],
  'card.field.latitude': ['纬度', 'Latitude'],
  'card.field.longitude': ['经度', 'Longitude'],
  'card.field.place.hint': ['在地图上点选后复制“纬度,经度”，粘到纬度里就行', 'Copy “latitude,longitude” from a map and paste it into the latitude'],
  'card.field.head': ['菜单上方的话', 'Words above'],
  'card.field.tail': ['菜单下方的话', 'Words below'],
  'card.field.item': ['选项 {n}', 'Item {n}'],
  'card.field.item.url': ['选项 {n} 打开的网址，可不填', 'Address that item {n} opens, if any'],
  'card.item.hint': ['没有网址的选项，客户点了等于说了这句话。', 'An item without an address is said by the customer when tapped.'],
  'card.item.add': ['加一项', 'Add an item'],
  'card.fault.needed': ['还没填', 'Needed'],
  'card.fault.url': ['要以 http:// 或 https:// 开头', 'Begins with http:// or https://'],
  'card.fault.latitude': ['在 -90 到 90 之间', 'Between -90 and 90'],
  'card.fault.longitude': ['在 -180 到 180 之间', 'Between -180 and 180'],
  'card.choose': ['选一张图片', 'Choose a picture'],
  'card.send': ['发送卡片', 'Send the card'],
} as const;
learn(cards);
