/// <reference types="@dcloudio/types" />
/// <reference types="vite/client" />
