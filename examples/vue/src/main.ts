import { createApp } from 'vue'
import App from './App.vue'
import { auth } from './auth.ts'
import './style.css'

createApp(App).use(auth).mount('#app')
