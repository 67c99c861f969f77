using System.Buffers;
using FedHe.Orchestration.Errors;

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
    private readonly Func<StateStamp> _current;
    private readonly Action<IBufferWriter<byte>> _write;

    internal SavedState(StateStamp stamp, Func<StateStamp> current, Action<IBufferWriter<byte>> write)
    {
        Stamp = stamp;
        _current = current;
        _write = write;
    }

    /// <summary>The stamp of the state. Keep the newest one apart from the states, to find out an old backup.</summary>
    public StateStamp Stamp { get; }

    /// <summary>Writes the state.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <exception cref="InvalidOperationException">The party has taken another step, or takes one now.</exception>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (_current() != Stamp)
        {
            throw Throw.StateHasMovedOn();
        }

        _write(destination);
    }

    /// <summary>Returns the bytes of the state.</summary>
    /// <exception cref="InvalidOperationException">The party has taken another step, or takes one now.</exception>
    public byte[] ToArray()
    {
        var bytes = new ArrayBufferWriter<byte>();
        WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }
}
