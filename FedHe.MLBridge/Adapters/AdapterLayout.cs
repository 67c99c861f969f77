using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;

namespace FedHe.MLBridge.Adapters;

/// <summary>
/// An adapter layout finds the adapters (LoRA) of a model by the names of their tensors, and has the layouts in which they alone leave their client.
/// </summary>
/// <remarks>
/// A pair is <c>MODULE.lora_A.weight</c> of the shape rank x inputs and <c>MODULE.lora_B.weight</c> of the shape outputs x rank, as PEFT names them; the name of an
/// adapter may precede <c>weight</c>. Adapters whose tensors are local stay with their client, as everything local does, and are no pairs here. The average of A and the average of B do not multiply to the average of the products, so that jobs move
/// one half in a round and keep the other: see <see cref="LayoutOf"/>.
/// </remarks>
public sealed class AdapterLayout
{
    private readonly ModelLayout[] _halves;

    private AdapterLayout(ImmutableArray<AdapterPair> pairs, ModelLayout layout)
    {
        Pairs = pairs;
        Layout = layout;
        _halves = [Without(AdapterHalf.B), Without(AdapterHalf.A)];
    }

    /// <summary>The adapters that are averaged, in the order of their factors A in the model.</summary>
    public ImmutableArray<AdapterPair> Pairs { get; }

    /// <summary>The layout of the model in which every tensor that is no adapter stays with its client.</summary>
    public ModelLayout Layout { get; }

    /// <summary>The largest rank of an adapter.</summary>
    public int Rank => Pairs.Max(pair => pair.Rank);

    /// <summary>Finds the adapters of a model.</summary>
    /// <param name="model">The layout of the model, with the base model or without, in which the adapters to average are floating tensors with bounds.</param>
    /// <exception cref="ArgumentException">
    /// The model averages no adapter, or a tensor of one that has no partner, a shape that is no factor's, or a kind that cannot be paired; the message names it.
    /// </exception>
    public static AdapterLayout Of(ModelLayout model)
        => TryFind(model, out AdapterLayout? adapters, out string? fault) ? adapters : throw new ArgumentException(fault, nameof(model));

    /// <summary>Finds the adapters of a model, or says why it has none that can be averaged in halves.</summary>
    /// <param name="model">The layout of the model.</param>
    /// <param name="adapters">The adapters.</param>
    /// <param name="fault">A sentence that names the tensor that is wrong and says what to do.</param>
    public static bool TryFind(ModelLayout model, [NotNullWhen(true)] out AdapterLayout? adapters, [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(model);
        adapters = null;
        var halves = new Dictionary<(string Pair, AdapterHalf Half), TensorSpec>();
        var local = new Dictionary<(string Pair, AdapterHalf Half), TensorSpec>();
        foreach (TensorSpec tensor in model.Tensors.Where(tensor => !tensor.IsAggregated))
        {
            if (AdapterName.TryParse(tensor.Name) is (AdapterHalf Half, string Pair) place)
            {
                local.TryAdd((place.Pair, place.Half), tensor);
            }
        }

        foreach (TensorSpec tensor in model.Tensors.Where(tensor => tensor.IsAggregated && AdapterName.IsOfAdapter(tensor.Name)))
        {
            (AdapterHalf Half, string Pair)? place = AdapterName.TryParse(tensor.Name);
            fault = place is null ? AdapterFault.UnknownKind(tensor.Name)
                : tensor.Shape.Length != 2 ? AdapterFault.NoMatrix(tensor.Name)
                : local.TryGetValue((place.Value.Pair, OtherThan(place.Value.Half)), out TensorSpec? partner) ? AdapterFault.Local(partner.Name)
                : !halves.TryAdd((place.Value.Pair, place.Value.Half), tensor) ? AdapterFault.Twice(tensor.Name)
                : null;
            if (fault is not null)
            {
                return false;
            }
        }

        TensorSpec? single = halves.FirstOrDefault(half => !halves.ContainsKey((half.Key.Pair, OtherThan(half.Key.Half)))).Value;
        ImmutableArray<AdapterPair> pairs = single is not null ? [] :
        [
            .. halves.Where(half => half.Key.Half == AdapterHalf.A)
                .Select(half => new AdapterPair(AdapterName.ModuleOf(half.Value.Name), half.Key.Pair, half.Value, halves[(half.Key.Pair, AdapterHalf.B)]))
                .OrderBy(pair => model.IndexOf(pair.A.Name)),
        ];
        fault = single is not null ? AdapterFault.WithoutPartner(single.Name)
            : pairs.IsEmpty ? AdapterFault.None()
            : pairs.FirstOrDefault(pair => pair.A.Shape[0] != pair.B.Shape[1]) is AdapterPair misfit ? AdapterFault.RanksDiffer(misfit.Name)
            : null;
        adapters = fault is null
            ? new AdapterLayout(pairs, new ModelLayout(model.Tensors.Select(tensor => AdapterName.IsOfAdapter(tensor.Name) ? tensor : Stay(tensor))))
            : null;
        return fault is null;
    }

    /// <summary>Tells whether a layout averages a tensor that has an adapter's name: a part of it is lora_A, lora_B, lora_embedding_A, lora_embedding_B or lora_magnitude_vector.</summary>
    public static bool IsIn(ModelLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return layout.Tensors.Any(tensor => tensor.IsAggregated && AdapterName.IsOfAdapter(tensor.Name));
    }

    /// <summary>Tells whether every tensor that a layout averages has an adapter's name, paired or not.</summary>
    public static bool IsAlone(ModelLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return layout.Tensors.All(tensor => !tensor.IsAggregated || AdapterName.IsOfAdapter(tensor.Name));
    }

    /// <summary>Returns the layout in which one half of every adapter is averaged and the other half stays with its client, as everything else does.</summary>
    /// <param name="moving">The half that is averaged.</param>
    /// <exception cref="ArgumentOutOfRangeException">The half is not defined.</exception>
    public ModelLayout LayoutOf(AdapterHalf moving) => Enum.IsDefined(moving) ? _halves[moving - AdapterHalf.A] : throw Throw.UndefinedChoice(nameof(moving));

    /// <summary>Requires that training left the half that does not move as it was, bit for bit.</summary>
    /// <param name="before">The model before training, of the layout or one that differs in bounds and local tensors only.</param>
    /// <param name="after">The model after training.</param>
    /// <param name="moving">The half that training may move.</param>
    /// <exception cref="FrozenAdapterException">A value of the other half has changed; the exception names its tensor and index.</exception>
    /// <exception cref="ArgumentException">A model has other tensors.</exception>
    public void RequireFrozen(ModelParameters before, ModelParameters after, AdapterHalf moving)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ModelParameters first = before.As(Layout);
        ModelParameters second = after.As(Layout);
        foreach (TensorSpec tensor in Pairs.Select(pair => pair[OtherThan(moving)]))
        {
            int index = Layout.IndexOf(tensor.Name);
            int changed = SameBits.FirstDifference(first.GetData(index), second.GetData(index));
            if (changed >= 0)
            {
                throw new FrozenAdapterException(tensor.Name, changed);
            }
        }
    }

    /// <summary>Returns a client's own model with the half that does not move from another model, in the layout of the half that moves.</summary>
    /// <param name="own">The client's own model, whose other local tensors and buffers are kept.</param>
    /// <param name="round">The model of the round, whose frozen half is taken.</param>
    /// <param name="moving">The half that moves.</param>
    /// <exception cref="ArgumentException">A model has other tensors.</exception>
    public ModelParameters WithFrozen(ModelParameters own, ModelParameters round, AdapterHalf moving)
    {
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(round);
        ModelLayout layout = LayoutOf(moving);
        ModelParameters kept = own.As(layout);
        ModelParameters frozen = round.As(layout);
        HashSet<string> names = [.. Pairs.Select(pair => pair[OtherThan(moving)].Name)];
        return new ModelParameters(layout, [.. layout.Tensors.Select((tensor, i) => (names.Contains(tensor.Name) ? frozen : kept).GetData(i))]);
    }

    /// <summary>Returns the part of a mask that concerns one half.</summary>
    /// <param name="mask">A mask of <see cref="Layout"/>.</param>
    /// <param name="moving">The half that moves.</param>
    /// <exception cref="HeMismatchException">The mask is for another layout.</exception>
    public EncryptionMask MaskOf(EncryptionMask mask, AdapterHalf moving)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ModelLayout layout = LayoutOf(moving);
        if (mask.LayoutDigest != Layout.Digest)
        {
            throw Throw.MaskOfAnotherLayout();
        }

        if (mask.IsAll)
        {
            return EncryptionMask.All(layout);
        }

        var selected = new PositionSet(layout.ParameterCount);
        foreach (int i in Enumerable.Range(0, layout.Tensors.Length).Where(i => layout.Tensors[i].IsAggregated))
        {
            foreach (MaskRange run in mask.RunsIn(new MaskRange(Layout.OffsetOf(i), layout.Tensors[i].ElementCount)))
            {
                selected.Add(run with { Start = run.Start - Layout.OffsetOf(i) + layout.OffsetOf(i) });
            }
        }

        return new EncryptionMask(layout, selected);
    }

    private static AdapterHalf OtherThan(AdapterHalf half) => half switch
    {
        AdapterHalf.A => AdapterHalf.B,
        AdapterHalf.B => AdapterHalf.A,
        _ => throw Throw.UndefinedChoice(nameof(half)),
    };

    private static TensorSpec Stay(TensorSpec tensor)
        => tensor.IsAggregated ? TensorSpec.Local(tensor.Name, tensor.ElementType, tensor.Shape.AsSpan()) : tensor;

    private ModelLayout Without(AdapterHalf frozen)
    {
        HashSet<string> names = [.. Pairs.Select(pair => pair[frozen].Name)];
        return new ModelLayout(Layout.Tensors.Select(tensor => names.Contains(tensor.Name) ? Stay(tensor) : tensor));
    }
}
