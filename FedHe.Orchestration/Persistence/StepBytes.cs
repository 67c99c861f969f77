using System.Buffers;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Persistence;

/// <summary>Step bytes are what a step must save; they are computed when they are written, before the party takes another step.</summary>
/// <param name="stamp">The stamp of the state after the step.</param>
/// <param name="current">Returns the stamp of the party's state now.</param>
/// <param name="write">Writes the bytes.</param>
internal sealed class StepBytes(StateStamp stamp, Func<StateStamp> current, Action<IBufferWriter<byte>> write)
{
    public StateStamp Stamp => stamp;

    /// <summary>Writes the bytes.</summary>
    /// <exception cref="InvalidOperationException">The party has taken another step, or takes one now.</exception>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (current() != stamp)
        {
            throw Throw.StateHasMovedOn();
        }

        write(destination);
    }

    /// <summary>Returns the bytes.</summary>
    /// <exception cref="InvalidOperationException">The party has taken another step, or takes one now.</exception>
    public byte[] ToArray()
    {
        var bytes = new ArrayBufferWriter<byte>();
        WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }
}
