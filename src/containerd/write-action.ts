/** What a message of Content.Write asks for. @see containerd.services.content.v1.WriteAction */
export { WriteAction } from "../gen/containerd/services/content/v1/content.ts";
