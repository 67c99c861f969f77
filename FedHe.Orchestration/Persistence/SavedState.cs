using System.Buffers;

namespace FedHe.Orchestration.Persistence;

/// <summary>
/// A saved state is the state of a party after a step. Write it to disk before any message of the step leaves, and before
/// the party takes another step.
/// </summary>
/// <remarks>
/// The bytes are computed when they are written, so that a host that keeps no state pays nothing. They include the messages of
/// the step, which a restored party returns again.
/// </remarks>
public sealed class SavedState
{
    private readonly StepBytes _bytes;

    internal SavedState(StateStamp stamp, Func<StateStamp> current, Action<IBufferWriter<byte>> write) => _bytes = new StepBytes(stamp, current, write);

    /// <summary>The stamp of the state. Keep the newest one apart from the states, to find out an old backup.</summary>
    public StateStamp Stamp => _bytes.Stamp;

    /// <summary>Writes the state.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <exception cref="InvalidOperationException">The party has taken another step, or takes one now.</exception>
    public void WriteTo(IBufferWriter<byte> destination) => _bytes.WriteTo(destination);

    /// <summary>Returns the bytes of the state.</summary>
    /// <exception cref="InvalidOperationException">The party has taken another step, or takes one now.</exception>
    public byte[] ToArray() => _bytes.ToArray();
}
