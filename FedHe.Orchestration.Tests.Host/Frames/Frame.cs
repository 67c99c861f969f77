using System.Buffers.Binary;
using System.Text;

namespace FedHe.Orchestration.Tests.Host.Frames;

/// <summary>A frame is what goes over the pipe between the router and a host at once.</summary>
/// <param name="Kind">The kind of the frame.</param>
/// <param name="Peer">The party that a message is from or for; empty where the frame concerns none.</param>
/// <param name="Content">The content.</param>
/// <param name="Kill">The kill point at which the host ends itself while it handles the frame; empty for none.</param>
public sealed record Frame(FrameKind Kind, string Peer = "", ReadOnlyMemory<byte> Content = default, string Kill = "")
{
    /// <summary>Reads a frame, or returns null where the pipe has ended.</summary>
    public static Frame? Read(Stream source)
    {
        ArgumentNullException.ThrowIfNull(source);
        byte[] head = new byte[sizeof(int)];
        if (source.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length)
        {
            return null;
        }

        byte[] body = new byte[BinaryPrimitives.ReadInt32LittleEndian(head)];
        if (source.ReadAtLeast(body, body.Length, throwOnEndOfStream: false) < body.Length)
        {
            return null;
        }

        int peerEnd = 3 + body[1];
        int killEnd = peerEnd + body[2];
        return new Frame(
            (FrameKind)body[0], Encoding.UTF8.GetString(body, 3, body[1]), body.AsMemory(killEnd), Encoding.UTF8.GetString(body, peerEnd, body[2]));
    }

    /// <summary>Writes the frame, so that it has left the process when the call returns.</summary>
    public void Write(Stream destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        byte[] peer = Encoding.UTF8.GetBytes(Peer);
        byte[] kill = Encoding.UTF8.GetBytes(Kill);
        byte[] bytes = new byte[sizeof(int) + 3 + peer.Length + kill.Length + Content.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length - sizeof(int));
        bytes[sizeof(int)] = (byte)Kind;
        bytes[sizeof(int) + 1] = checked((byte)peer.Length);
        bytes[sizeof(int) + 2] = checked((byte)kill.Length);
        peer.CopyTo(bytes, sizeof(int) + 3);
        kill.CopyTo(bytes, sizeof(int) + 3 + peer.Length);
        Content.CopyTo(bytes.AsMemory(sizeof(int) + 3 + peer.Length + kill.Length));
        destination.Write(bytes);
        destination.Flush();
    }
}
