using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Optimizers;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Job;

/// <summary>
/// Update terms say what an update of a job is: a model or a difference, real numbers or integers, with noise or without; and how an opened
/// average becomes the next model. They are part of the job, so all parties know the same ones.
/// </summary>
public sealed record UpdateTerms
{
    // In the bytes of terms, a difference that an optimizer takes.
    private const byte OptimizedDifference = 3;

    /// <summary>Creates update terms.</summary>
    /// <param name="kind">What clients encrypt.</param>
    /// <param name="integers">The step and the bound of integers, or null for real numbers.</param>
    /// <param name="privacy">What is promised by differential privacy, or null for nothing. It needs differences, and integers where noise is shared.</param>
    /// <param name="optimizer">How an opened average difference moves the model, or null to add it. It needs differences.</param>
    /// <exception cref="ArgumentOutOfRangeException">The kind is not defined.</exception>
    /// <exception cref="ArgumentException">There is an optimizer for updates that are no differences.</exception>
    /// <exception cref="PrivacyRefusedException">Privacy is claimed for updates that are no differences, or noise is shared by updates that are no integers.</exception>
    public UpdateTerms(
        UpdateKind kind = UpdateKind.Model, IntegerTerms? integers = null, PrivacyTerms? privacy = null, ServerOptimizer? optimizer = null)
    {
        Kind = Enum.IsDefined(kind) ? kind : throw Throw.UndefinedChoice(nameof(kind));
        Integers = integers;
        Privacy = privacy;
        Optimizer = optimizer is null || kind == UpdateKind.Difference ? optimizer : throw Throw.OptimizerOfModels(nameof(optimizer));
        if (CheckPrivacy(kind, integers, privacy) is PrivacyRefusal refusal)
        {
            throw new PrivacyRefusedException(refusal);
        }
    }

    /// <summary>What clients encrypt.</summary>
    public UpdateKind Kind { get; }

    /// <summary>The step and the bound of integers, or null for real numbers.</summary>
    public IntegerTerms? Integers { get; }

    /// <summary>What is promised by differential privacy, or null for nothing.</summary>
    public PrivacyTerms? Privacy { get; }

    /// <summary>
    /// How an opened average difference moves the model, which every holder of the key computes for itself; null where it is added as it is.
    /// </summary>
    public ServerOptimizer? Optimizer { get; }

    internal void Write(WireWriter writer)
    {
        writer.WriteByte(Optimizer is null ? (byte)Kind : OptimizedDifference);
        if (Optimizer is not null)
        {
            OptimizerFormat.Write(Optimizer, writer);
        }

        IntegerTerms.Write(Integers, writer);
        PrivacyTerms.Write(Privacy, writer);
    }

    internal static UpdateTerms? Read(ref WireReader reader)
    {
        byte form = reader.ReadByte();
        UpdateKind kind = form == OptimizedDifference ? UpdateKind.Difference : (UpdateKind)form;
        reader.Require(Enum.IsDefined(kind), FormatError.FieldOutOfRange);
        ServerOptimizer? optimizer = form == OptimizedDifference ? OptimizerFormat.Read(ref reader) : null;
        IntegerTerms? integers = IntegerTerms.Read(ref reader);
        PrivacyTerms? privacy = PrivacyTerms.Read(ref reader);
        reader.Require(CheckPrivacy(kind, integers, privacy) is null, FormatError.Inconsistent);
        return reader.Failed ? null : new UpdateTerms(kind, integers, privacy, optimizer);
    }

    private static PrivacyRefusal? CheckPrivacy(UpdateKind kind, IntegerTerms? integers, PrivacyTerms? privacy) => privacy switch
    {
        null => null,
        _ when kind != UpdateKind.Difference => PrivacyRefusal.NotDifferences,
        _ when integers is null && privacy.IsNoiseShared => PrivacyRefusal.NotIntegers,
        _ => null,
    };
}
