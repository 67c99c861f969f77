using System.Buffers;
using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.Persistence;

/// <summary>
/// A saved change is what one message, or the report that a client cannot be reached, changed in the state of a server. With the state before it, it takes the place of the state after it: write it to
/// disk before any message of the step leaves, and before the server takes another step.
/// </summary>
/// <remarks>
/// The bytes are computed when they are written. They hold a message whole, so they are a little longer than it, and the messages of the step. Of a message that
/// came as a stream they hold only its digest, and the host keeps its bytes as long as the change: see <see cref="Message"/>. Changes that follow each other
/// are restored in their order: see <c>FederationServer.Restore</c>.
/// </remarks>
public sealed class SavedChange
{
    private readonly StepBytes _bytes;

    internal SavedChange(StateStamp stamp, Func<StateStamp> current, Action<IBufferWriter<byte>> write, Digest? message)
        => (_bytes, Message) = (new StepBytes(stamp, current, write), message);

    /// <summary>The stamp of the state after the change.</summary>
    public StateStamp Stamp => _bytes.Stamp;

    /// <summary>
    /// The digest of the message that the change refers to and does not hold, or null where it holds its message. The bytes of the message must be on the disk
    /// before the change is, and stay there until a state is saved that has it. Note under this digest where they are: anybody can make bytes that begin and
    /// end as the message does.
    /// </summary>
    public Digest? Message { get; }

    /// <summary>Writes the change.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <exception cref="InvalidOperationException">The server has taken another step, or takes one now.</exception>
    public void WriteTo(IBufferWriter<byte> destination) => _bytes.WriteTo(destination);

    /// <summary>Returns the bytes of the change.</summary>
    /// <exception cref="InvalidOperationException">The server has taken another step, or takes one now.</exception>
    public byte[] ToArray() => _bytes.ToArray();
}
