using FedHe.Orchestration.Tests.Host.Frames;

namespace FedHe.Orchestration.Tests.Host.Parties;

/// <summary>A party step is what follows from a frame: files to write, in this order, and then messages to send.</summary>
internal sealed class PartyStep
{
    /// <summary>The files to write before any of the messages leaves; one without bytes is deleted.</summary>
    public List<(string Name, byte[] Bytes)> Files { get; } = [];

    /// <summary>The frames to send once the files are written.</summary>
    public List<Frame> Messages { get; } = [];

    /// <summary>What the party shows of itself.</summary>
    public PartyStatus Status { get; set; } = new();

    /// <summary>Adds a message for a peer.</summary>
    public void Send(string peer, ReadOnlyMemory<byte> message, FrameKind kind = FrameKind.Message) => Messages.Add(new Frame(kind, peer, message));

    /// <summary>Deletes a file when the files before it are on the disk.</summary>
    public void Delete(string name) => Files.Add((name, []));

    /// <summary>Adds what an object writes as a file, and returns the bytes.</summary>
    public byte[] Save(string name, Action<System.Buffers.IBufferWriter<byte>> write)
    {
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        write(bytes);
        Files.Add((name, bytes.WrittenSpan.ToArray()));
        return Files[^1].Bytes;
    }
}
