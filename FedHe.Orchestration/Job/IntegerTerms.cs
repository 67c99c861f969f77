using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Integers;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Job;

/// <summary>
/// Integer terms make the updates of a job integers, whose sums are exact: every party that opens a sum has the same integers, without a
/// rounding error that depends on single updates.
/// </summary>
/// <remarks>
/// An integer k stands for the value k * <see cref="Step"/>. Clients round their values to the nearest one, or at random where the job has
/// privacy terms. A sum beyond the contributors times <see cref="Bound"/> is refused, because no honest clients have it.
/// </remarks>
public sealed record IntegerTerms
{
    /// <summary>Creates integer terms.</summary>
    /// <param name="step">The value of one unit, in units of the model's values: positive, and a normal number.</param>
    /// <param name="bound">The largest magnitude of an integer, 1 to 2^31.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public IntegerTerms(double step, long bound)
    {
        if (!IsStep(step))
        {
            throw new ArgumentOutOfRangeException(nameof(step), "A step must be a positive normal number.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bound, IntegerUpdates.LargestBound);
        Step = step;
        Bound = bound;
    }

    /// <summary>The value of one unit, in units of the model's values.</summary>
    public double Step { get; }

    /// <summary>The largest magnitude of an integer of one client.</summary>
    public long Bound { get; }

    internal static void Write(IntegerTerms? terms, WireWriter writer)
    {
        writer.WriteByte((byte)(terms is null ? 0 : 1));
        if (terms is not null)
        {
            writer.WriteDouble(terms.Step);
            writer.WriteInt64(terms.Bound);
        }
    }

    internal static IntegerTerms? Read(ref WireReader reader)
    {
        if (!reader.ReadFlag())
        {
            return null;
        }

        double step = reader.ReadDouble(0, double.MaxValue);
        long bound = reader.ReadInt64(1, IntegerUpdates.LargestBound);
        reader.Require(IsStep(step), FormatError.FieldOutOfRange);
        return reader.Failed ? null : new IntegerTerms(step, bound);
    }

    private static bool IsStep(double step) => step > 0 && double.IsNormal(step);
}
