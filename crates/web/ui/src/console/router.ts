// Pages and who may open them. Signing in comes first, then a password of one's own.
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router';
import type { Role } from './net/protocol';
import { loadMe, me } from './state/me';
import Workplace from './work/Workplace.vue';
import Unreachable from './login/Unreachable.vue';
import Shell from './shell/Shell.vue';

declare module 'vue-router' {
  interface RouteMeta {
    /** Roles that may open the page; all signed-in people if left out. */
    roles?: Role[];
    /** Open without signing in. */
    open?: boolean;
    title?: 'page.work' | 'page.people' | 'page.wall' | 'page.admin' | 'page.login';
  }
}

const upper: Role[] = ['administrator', 'supervisor'];

export const routes: RouteRecordRaw[] = [
  { path: '/login', name: 'login', component: () => import('./login/Login.vue'), meta: { open: true, title: 'page.login' } },
  { path: '/unreachable', name: 'unreachable', component: Unreachable, meta: { open: true, title: 'page.login' } },
  { path: '/first-password', name: 'first_password', component: () => import('./login/ChangePassword.vue') },
  {
    path: '/',
    component: Shell,
    children: [
      { path: '', redirect: { name: 'work' } },
      { path: 'work/:id?', name: 'work', component: Workplace, meta: { title: 'page.work' } },
      { path: 'people/:id?', name: 'people', component: () => import('./people/People.vue'), meta: { title: 'page.people' } },
      { path: 'wall', name: 'wall', component: () => import('./wall/Wall.vue'), meta: { title: 'page.wall', roles: upper } },
      { path: 'password', name: 'password', component: () => import('./login/ChangePassword.vue') },
      { path: 'settings/:section?/:id?', name: 'admin', component: () => import('./admin/Admin.vue'), meta: { title: 'page.admin' } },
    ],
  },
  { path: '/:rest(.*)', redirect: { name: 'work' } },
];

export const router = createRouter({ history: createWebHistory('/console/'), routes });

router.beforeEach(async (to) => {
  if (!me.value) {
    try {
      await loadMe();
    } catch {
      // Whoever is signed in stays so: the page says that nobody answers, and asks on.
      return to.name === 'unreachable' ? true : { name: 'unreachable', query: { to: to.fullPath } };
    }
  }
  if (!me.value) return to.meta.open ? true : { name: 'login', query: to.fullPath === '/' ? {} : { to: to.fullPath } };
  if (me.value.must_change_password) return to.name === 'first_password' ? true : { name: 'first_password' };
  if (to.name === 'login' || to.name === 'unreachable' || to.name === 'first_password') return { name: 'work' };
  if (to.meta.roles && !to.meta.roles.includes(me.value.role)) return { name: 'work' };
  return true;
});
