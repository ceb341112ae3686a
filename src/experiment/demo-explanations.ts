/** Why each step of the demo is as it is: what the author of the blog post, and everybody after him, wanted to know. */
export const explanations = {
  sandbox:
    "A pod's containers share one network, so that network has to exist before the first of them and outlive every one " +
    "of them: containers crash and are replaced, and the pod keeps its address. The sandbox is that third thing. The " +
    "runtime makes the namespaces, has CNI plug in eth0, and pins the network namespace to a file. Many runtimes also " +
    "keep a tiny process alive in it, the 'pause' container that docker ps once showed. The file is the safer anchor: " +
    "CRI-O drops the process by default, and containerd is about to.",
  web:
    "CreateContainer names the sandbox it goes into. The runtime starts the process inside the sandbox's network, IPC and " +
    "UTS namespaces instead of making new ones. A namespace is known by the device and the inode of its file under " +
    "/proc/PID/ns: equal means the same namespace, not an equal-looking one.",
  name:
    "ip(8) only knows network namespaces that have a name under /var/run/netns. A bind mount of the pinned file gives it " +
    "one. /proc/PID/ns/net would do as well, until the process ends and its number is given to another; and 'ip netns " +
    "add' would make a new namespace, and mount over the folder where runtimes keep their pins.",
  join:
    "Docker spells it --net=container:ID. In CRI there is nothing to spell: whatever is created in a sandbox joins it. The " +
    "newcomer has the same addresses, and reaches its neighbour on 127.0.0.1, because there is only one loopback device.",
  contrast:
    "A measurement that could not come out differently proves nothing. Another pod gets another namespace; a pod that " +
    "asks for the host's network gets the host's.",
  verdict:
    "Every member, every kind of namespace: what the pod's NamespaceOptions promise against what the kernel says. The pid " +
    "namespace is private here, as kubelet asks for; CRI's own default would share it. No CRI field speaks of cgroup and " +
    "time namespaces, so they are measured and not judged.",
} as const;
