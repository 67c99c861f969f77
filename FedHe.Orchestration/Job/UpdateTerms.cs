using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Squeezing;
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

    // Likewise, a difference of which some values travel.
    private const byte SqueezedDifference = 4;

    // Likewise, a difference with the difference of a control variate behind it.
    private const byte ControlledDifference = 5;

    // The bit of the same byte that says that adapter terms follow.
    private const byte WithAdapters = 0x40;

    /// <summary>Creates update terms.</summary>
    /// <param name="kind">What clients encrypt.</param>
    /// <param name="integers">The step and the bound of integers, or null for real numbers.</param>
    /// <param name="privacy">What is promised by differential privacy, or null for nothing. It needs differences, and integers where noise is shared.</param>
    /// <param name="optimizer">How an opened average difference moves the model, or null to add it. It needs differences.</param>
    /// <param name="squeeze">How many values of a difference travel, and which, or null for all. It needs differences of real numbers without privacy terms and optimizer.</param>
    /// <param name="adapters">How adapters (LoRA) are averaged, for a job that averages adapters and nothing else; null for other jobs.</param>
    /// <param name="controls">How clients correct their gradients by control variates (SCAFFOLD), or null for no correction. They need differences of real numbers, without privacy terms, optimizer and squeeze.</param>
    /// <exception cref="ArgumentOutOfRangeException">The kind is not defined.</exception>
    /// <exception cref="ArgumentException">
    /// There is an optimizer for updates that are no differences, the values that travel are chosen in updates that cannot be squeezed, or adapters take turns in updates that
    /// are no differences or move in halves beside an optimizer, a squeeze or privacy terms; or there are controls beside what goes with none.
    /// </exception>
    /// <exception cref="PrivacyRefusedException">Privacy is claimed for updates that are no differences, or noise is shared by updates that are no integers.</exception>
    public UpdateTerms(
        UpdateKind kind = UpdateKind.Model,
        IntegerTerms? integers = null,
        PrivacyTerms? privacy = null,
        ServerOptimizer? optimizer = null,
        SparsificationTerms? squeeze = null,
        AdapterTerms? adapters = null,
        ControlTerms? controls = null)
    {
        Kind = Enum.IsDefined(kind) ? kind : throw Throw.UndefinedChoice(nameof(kind));
        Integers = integers;
        Privacy = privacy;
        Optimizer = optimizer is null || kind == UpdateKind.Difference ? optimizer : throw Throw.OptimizerOfModels(nameof(optimizer));
        Adapters = CheckAdapters(kind, privacy, optimizer, squeeze, controls, adapters) is string misfit ? throw new ArgumentException(misfit, nameof(adapters)) : adapters;
        if (CheckPrivacy(kind, integers, privacy) is PrivacyRefusal refusal)
        {
            throw new PrivacyRefusedException(refusal);
        }

        Squeeze = squeeze is null || SqueezeRules.Check(kind, integers, privacy, optimizer) is not string fault
            ? squeeze
            : throw new ArgumentException(fault, nameof(squeeze));
        Controls = controls is null || ControlRules.Check(kind, integers, privacy, optimizer, squeeze) is not string unfit
            ? controls
            : throw new ArgumentException(unfit, nameof(controls));
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

    /// <summary>
    /// How many values of a difference travel in a round, and how every holder of the key chooses their positions; null where all values travel.
    /// </summary>
    public SparsificationTerms? Squeeze { get; }

    /// <summary>How adapters (LoRA) are averaged, in a job that averages adapters and nothing else; null in other jobs.</summary>
    public AdapterTerms? Adapters { get; }

    /// <summary>
    /// How clients correct their gradients by control variates, and every holder of the key follows the mean of all control variates (SCAFFOLD); null in jobs without corrections.
    /// </summary>
    public ControlTerms? Controls { get; }

    internal void Write(WireWriter writer)
    {
        int form = Optimizer is not null ? OptimizedDifference : Squeeze is not null ? SqueezedDifference : Controls is not null ? ControlledDifference : (byte)Kind;
        writer.WriteByte((byte)(form | (Adapters is null ? 0 : WithAdapters)));
        if (Optimizer is not null)
        {
            OptimizerFormat.Write(Optimizer, writer);
        }

        if (Squeeze is not null)
        {
            SqueezeFormat.Write(Squeeze, writer);
        }

        if (Controls is not null)
        {
            ControlFormat.Write(Controls, writer);
        }

        IntegerTerms.Write(Integers, writer);
        PrivacyTerms.Write(Privacy, writer);
        Adapters?.Write(writer);
    }

    internal static UpdateTerms? Read(ref WireReader reader)
    {
        byte first = reader.ReadByte();
        byte form = (byte)(first & ~WithAdapters);
        UpdateKind kind = form is OptimizedDifference or SqueezedDifference or ControlledDifference ? UpdateKind.Difference : (UpdateKind)form;
        reader.Require(Enum.IsDefined(kind), FormatError.FieldOutOfRange);
        ServerOptimizer? optimizer = form == OptimizedDifference ? OptimizerFormat.Read(ref reader) : null;
        SparsificationTerms? squeeze = form == SqueezedDifference ? SqueezeFormat.Read(ref reader) : null;
        ControlTerms? controls = form == ControlledDifference ? ControlFormat.Read(ref reader) : null;
        IntegerTerms? integers = IntegerTerms.Read(ref reader);
        PrivacyTerms? privacy = PrivacyTerms.Read(ref reader);
        AdapterTerms? adapters = first == form ? null : AdapterTerms.Read(ref reader);
        reader.Require(CheckPrivacy(kind, integers, privacy) is null, FormatError.Inconsistent);
        reader.Require(squeeze is null || SqueezeRules.Check(kind, integers, privacy, optimizer) is null, FormatError.Inconsistent);
        reader.Require(controls is null || ControlRules.Check(kind, integers, privacy, optimizer, squeeze) is null, FormatError.Inconsistent);
        reader.Require(CheckAdapters(kind, privacy, optimizer, squeeze, controls, adapters) is null, FormatError.Inconsistent);
        return reader.Failed ? null : new UpdateTerms(kind, integers, privacy, optimizer, squeeze, adapters, controls);
    }

    // A client that missed a round of whole models could not know the half that the round moved, and moments, residuals and noise are of all values.
    private static string? CheckAdapters(
        UpdateKind kind, PrivacyTerms? privacy, ServerOptimizer? optimizer, SparsificationTerms? squeeze, ControlTerms? controls, AdapterTerms? adapters) => adapters switch
        {
            { Mode: AdapterMode.Alternating } when kind != UpdateKind.Difference => "Adapters whose halves take turns travel as differences. Let the updates be UpdateKind.Difference.",
            { Mode: not AdapterMode.NaiveAveraging } when optimizer is not null => "An optimizer has moments of all values, and a round moves one half of the adapters. Leave out the optimizer.",
            { Mode: not AdapterMode.NaiveAveraging } when squeeze is not null => "A squeeze chooses among all values, and a round moves one half of the adapters. Leave out the squeeze.",
            { Mode: not AdapterMode.NaiveAveraging } when controls is not null => "A control variate is of all values, and a round moves one half of the adapters. Leave out the controls.",
            { Mode: not AdapterMode.NaiveAveraging } when privacy is not null => "Privacy terms are for updates of all values, and a round moves one half of the adapters. Leave out the privacy terms.",
            _ => null,
        };

    private static PrivacyRefusal? CheckPrivacy(UpdateKind kind, IntegerTerms? integers, PrivacyTerms? privacy) => privacy switch
    {
        null => null,
        _ when kind != UpdateKind.Difference => PrivacyRefusal.NotDifferences,
        _ when integers is null && privacy.IsNoiseShared => PrivacyRefusal.NotIntegers,
        _ => PrivacyParts.Check(privacy, integers),
    };
}
