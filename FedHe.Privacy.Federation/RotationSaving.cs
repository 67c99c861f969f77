using FedHe.MLBridge.Integers;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Errors;
using FedHe.Privacy.Federation.Mechanisms;

namespace FedHe.Privacy.Federation;

/// <summary>A rotation saving says what a rotation before rounding changes in the length of uploads, at equal budget and equal step.</summary>
/// <param name="Bits">The bits of an integer without a rotation.</param>
/// <param name="RotatedBits">The bits of an integer with it.</param>
/// <param name="Integers">The number of integers of an upload without a rotation: the values of the model.</param>
/// <param name="RotatedIntegers">The number of integers with it: the next power of two.</param>
/// <remarks>
/// A rotation makes a clipped difference small in every coordinate, and leaves the room for the noise as large as it is. It saves bits where a client's share of the
/// noise is small compared with the clip: with many clients. Where the model's length is far below a power of two, padding costs more than the bits.
/// </remarks>
public sealed record RotationSaving(int Bits, int RotatedBits, int Integers, int RotatedIntegers)
{
    /// <summary>The bits a value that the rotation saves.</summary>
    public int BitsPerValue => Bits - RotatedBits;

    /// <summary>Whether all integers of an upload together have fewer bits with the rotation, before they are packed and encrypted.</summary>
    public bool IsWorthwhile => (long)RotatedBits * RotatedIntegers < (long)Bits * Integers;

    /// <summary>Computes the saving of a plan: see <see cref="ClientPrivacyPlan.Create"/> for the parameters.</summary>
    /// <exception cref="PrivacyException">The budget is one for records, no noise suffices, or a number is out of range.</exception>
    /// <exception cref="PrivacyRefusedException">A plan is refused with and without the rotation.</exception>
    public static RotationSaving Of(
        PrivacyBudget budget,
        NoiseMechanism mechanism,
        int dimension,
        int sums,
        int contributors,
        int dropouts,
        int colluders,
        double? step = null,
        RotationTerms? rotation = null)
    {
        UpdateTerms Plan(RotationTerms? turn) => ClientPrivacyPlan.Create(
            budget, mechanism, dimension, sums, contributors, dropouts, colluders, new ClientPrivacyParts { Step = step, Rotation = turn });
        UpdateTerms plain = Plan(null);
        UpdateTerms rotated = Plan(rotation ?? ClientPrivacyPlan.UsualRotation);
        return new RotationSaving(
            IntegerUpdates.BitsOf(plain.Integers!.Bound),
            IntegerUpdates.BitsOf(rotated.Integers!.Bound),
            dimension,
            SumReleases.DimensionOf(rotated.Privacy!, dimension));
    }
}
