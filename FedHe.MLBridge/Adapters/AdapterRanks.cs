using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Adapters;

/// <summary>
/// This class carries adapters of a client's own rank into the rank of a job and back. A job has one rank for each adapter, the largest of all clients, and a client of a
/// smaller one has its own rows of A and columns of B first.
/// </summary>
/// <remarks>
/// The product BA does not change by rows and columns of zeros. An average does: a client that lacks a row counts as zero there, so that a component that few clients train
/// shrinks with every round in which whole models travel. Differences do not shrink it: send <see cref="PadOnto"/>, whose further rows and columns are the
/// round's own, as an update of the kind difference, and a client that lacks a component leaves it where it is. Rounds that keep one half require that: a
/// half padded with zeros is not the one that the round keeps, and is refused. The scale of an adapter, alpha over rank, belongs to the job too: a client of a
/// smaller rank trains with the job's scale. Source of training some of the components: Cho and others, "Heterogeneous LoRA for Federated
/// Fine-tuning of On-Device Foundation Models", EMNLP 2024, which also weighs by sparsity and prunes, as this class does not.
/// </remarks>
public static class AdapterRanks
{
    /// <summary>Pads the adapters of a model with zeros to the ranks of a job.</summary>
    /// <param name="own">The client's model.</param>
    /// <param name="job">The layout of the job, with the same tensors but for ranks, of which none is smaller.</param>
    /// <exception cref="ArgumentException">A rank is larger than the job's, or something else than ranks, bounds and local tensors differs.</exception>
    public static ModelParameters Pad(ModelParameters own, ModelLayout job)
    {
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(job);
        return Carry(own, job, spec => ZerosOf(spec.ElementType, spec.ToArrayLength()), nameof(own));
    }

    /// <summary>Puts the adapters of a model into the place of the first components of a job's model, whose further components stay as they are.</summary>
    /// <param name="own">The client's model after training.</param>
    /// <param name="round">The model of the round.</param>
    /// <exception cref="ArgumentException">A rank is larger than the job's, or something else than ranks, bounds and local tensors differs.</exception>
    public static ModelParameters PadOnto(ModelParameters own, ModelParameters round)
    {
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(round);
        return Carry(own, round.Layout, spec => (Array)round.GetData(round.Layout.IndexOf(spec.Name)).Clone(), nameof(own));
    }

    /// <summary>Cuts the adapters of a job's model to a client's own ranks: the first rows of A and columns of B.</summary>
    /// <param name="round">The model of the round.</param>
    /// <param name="own">The layout of the client's model, with the same tensors but for ranks, of which none is larger.</param>
    /// <exception cref="ArgumentException">A rank is larger than the job's, or something else than ranks, bounds and local tensors differs.</exception>
    public static ModelParameters Cut(ModelParameters round, ModelLayout own)
    {
        ArgumentNullException.ThrowIfNull(round);
        ArgumentNullException.ThrowIfNull(own);
        AdapterLayout small = AdapterLayout.Of(own);
        Require(small, AdapterLayout.Of(round.Layout), own, round.Layout, nameof(own));
        var tensors = new Array[own.Tensors.Length];
        for (int i = 0; i < tensors.Length; i++)
        {
            TensorSpec to = own.Tensors[i];
            TensorSpec from = round.Layout.Tensors[i];
            tensors[i] = round.GetData(i);
            if (!to.IsLike(from))
            {
                Array whole = tensors[i];
                tensors[i] = ZerosOf(to.ElementType, to.ToArrayLength());
                CopyCorner(whole, from.Shape[1], tensors[i], to.Shape[1], to.Shape[0], to.Shape[1]);
            }
        }

        return new ModelParameters(own, tensors);
    }

    private static ModelParameters Carry(ModelParameters own, ModelLayout job, Func<TensorSpec, Array> around, string parameter)
    {
        Require(AdapterLayout.Of(own.Layout), AdapterLayout.Of(job), own.Layout, job, parameter);
        var tensors = new Array[job.Tensors.Length];
        for (int i = 0; i < tensors.Length; i++)
        {
            TensorSpec from = own.Layout.Tensors[i];
            tensors[i] = own.GetData(i);
            if (!from.IsLike(job.Tensors[i]))
            {
                Array whole = around(job.Tensors[i]);
                CopyCorner(tensors[i], from.Shape[1], whole, job.Tensors[i].Shape[1], from.Shape[0], from.Shape[1]);
                tensors[i] = whole;
            }
        }

        return new ModelParameters(job, tensors);
    }

    /// <summary>Requires that two layouts have the same tensors but for ranks, of which none is larger in the first one.</summary>
    private static void Require(AdapterLayout small, AdapterLayout large, ModelLayout smallModel, ModelLayout largeModel, string parameter)
    {
        HashSet<string> halves = [.. small.Pairs.SelectMany(pair => new[] { pair.A.Name, pair.B.Name })];
        bool isSame = small.Pairs.Length == large.Pairs.Length
            && small.Pairs.Zip(large.Pairs).All(pairs => IsLikeButForRank(pairs.First, pairs.Second))
            && smallModel.Tensors.Length == largeModel.Tensors.Length
            && smallModel.Tensors.Zip(largeModel.Tensors).All(
                tensors => halves.Contains(tensors.First.Name) ? tensors.First.Name == tensors.Second.Name : tensors.First.IsLike(tensors.Second));
        if (!isSame)
        {
            throw Throw.OtherAdapters(parameter);
        }

        if (small.Pairs.Zip(large.Pairs).FirstOrDefault(pairs => pairs.First.Rank > pairs.Second.Rank).First is AdapterPair larger)
        {
            throw Throw.RankTooLarge(larger.Name, parameter);
        }
    }

    private static bool IsLikeButForRank(AdapterPair first, AdapterPair second)
        => first.Name == second.Name && first.Inputs == second.Inputs && first.Outputs == second.Outputs
            && first.A.ElementType == second.A.ElementType && first.B.ElementType == second.B.ElementType;

    private static void CopyCorner(Array source, int sourceWidth, Array destination, int destinationWidth, int rows, int columns)
    {
        for (int row = 0; row < rows; row++)
        {
            Array.Copy(source, row * sourceWidth, destination, row * destinationWidth, columns);
        }
    }

    private static Array ZerosOf(ElementType type, int count) => type switch
    {
        ElementType.Float32 => new float[count],
        ElementType.Float64 => new double[count],
        ElementType.Float16 => new Half[count],
        _ => new ushort[count],
    };
}
