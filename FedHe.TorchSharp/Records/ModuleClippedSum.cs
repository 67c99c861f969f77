using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.TorchSharp.Errors;
using FedHe.TorchSharp.Gradients;
using FedHe.TorchSharp.State;
using TorchSharp;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace FedHe.TorchSharp.Records;

/// <summary>A module's clipped sum adds up the clipped gradients of single records, as jobs that protect records need them.</summary>
/// <remarks>
/// <para>
/// Each record has a forward and a backward pass of its own, so that any module will do whose parts compute with one record: no rule about its layers is needed. The module computes in evaluation
/// mode, and has its own mode back afterwards: dropout is off, and BatchNorm uses its running statistics.
/// </para>
/// <para>
/// The sum protects nobody before noise is added to it. Taking one record away changes it by integers of a 2-norm of at most 2^<see cref="PrivacyTerms.LogClipUnits"/>, exactly, as long as the loss
/// of a record depends on no other record.
/// </para>
/// Source: Abadi and others, "Deep Learning with Differential Privacy", CCS 2016, algorithm 1.
/// </remarks>
public static class ModuleClippedSum
{
    /// <summary>Computes the sum of the clipped gradients of records at the module as it is.</summary>
    /// <typeparam name="TModule">The type of the module.</typeparam>
    /// <param name="module">A module of the structure that the layout was made of; it is not changed.</param>
    /// <param name="layout">The layout of the job.</param>
    /// <param name="terms">The privacy terms of the job, for records: the clip norm and the grid.</param>
    /// <param name="records">The numbers of the records.</param>
    /// <param name="loss">The loss of a record.</param>
    /// <param name="cancellationToken">Stops between two records.</param>
    /// <returns>One integer for each value of the flat vector, in units of the grid. A record whose gradient is not finite adds nothing, and entries without gradients have zeros.</returns>
    /// <exception cref="ArgumentException">The terms are for clients, their grid is too coarse for the model, or a loss has more than one element.</exception>
    /// <exception cref="ModuleException">The module does not fit the layout, or a loss changed a buffer of it, so that later records depend on earlier ones.</exception>
    /// <exception cref="OperationCanceledException">The computation was canceled.</exception>
    public static GradientSum Of<TModule>(
        TModule module, ModuleLayout layout, PrivacyTerms terms, IEnumerable<int> records, RecordLoss<TModule> loss, CancellationToken cancellationToken = default)
        where TModule : Module
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(loss);
        if (terms.Unit != ProtectedUnit.Record)
        {
            throw Throw.TermsNotForRecords(nameof(terms));
        }

        var clip = new RecordClip(terms, layout.Layout.ToArrayLength());
        var sum = new long[layout.Layout.ToArrayLength()];
        var gradient = new float[sum.Length];
        using var before = new ModuleSnapshot(module);
        using var mode = ModuleMode.Evaluation(module);
        IReadOnlyList<BoundEntry> entries = ModuleBinding.Of(module, layout);
        foreach (int record in records)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            using IDisposable withGradients = set_grad_enabled(true);
            Tensor value = loss(module, record);
            if (value.NumberOfElements != 1)
            {
                throw Throw.LossNotScalar(nameof(loss));
            }

            FlatGradients.Compute(value, entries, gradient);
            clip.AddTo(sum, gradient);
        }

        return before.FindChangedBuffer() is string changed ? throw Throw.RemembersRecords(changed) : new GradientSum(sum, terms.Clip, terms.LogClipUnits);
    }
}
