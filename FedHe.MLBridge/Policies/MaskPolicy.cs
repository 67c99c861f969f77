using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Sensitivity;

namespace FedHe.MLBridge.Policies;

/// <summary>
/// Which parameters are to be encrypted, before anyone knows a model's sensitivity. Public, part of what a job agrees
/// upon; <see cref="ToString"/> gives text that <see cref="Parse"/> reads. Policies add up with <c>|</c>. Immutable.
/// </summary>
/// <remarks>
/// Every party that applies a policy to the same sensitivity gets the same mask, bit for bit: integers decide, and at a tie
/// the position in the flat vector. Source: FedML-HE, section 2.4 step 3.
/// </remarks>
public abstract record MaskPolicy
{
    private protected MaskPolicy()
    {
    }

    /// <summary>Every parameter.</summary>
    public static MaskPolicy All { get; } = new EveryParameter();

    /// <summary>The layer of the first floating tensor.</summary>
    public static MaskPolicy FirstLayer { get; } = new TensorChoice(TensorKind.FirstLayer);

    /// <summary>The layer of the last floating tensor.</summary>
    public static MaskPolicy LastLayer { get; } = new TensorChoice(TensorKind.LastLayer);

    /// <summary>Tensors named <c>bias</c>, after the last dot.</summary>
    public static MaskPolicy Biases { get; } = new TensorChoice(TensorKind.Biases);

    /// <summary>Layers with a part of their name that contains <c>norm</c> or is <c>bn</c> or <c>ln</c> and a number.</summary>
    public static MaskPolicy Normalization { get; } = new TensorChoice(TensorKind.Normalization);

    /// <summary>The paper's recipe: the most sensitive 30 % and the first and the last layer.</summary>
    /// <remarks>Source: FedML-HE, section 4.2.2.</remarks>
    public static MaskPolicy PaperRecipe { get; } = Top(0.3) | FirstLayer | LastLayer;

    /// <summary>Whether a sensitivity is needed to apply the policy.</summary>
    public abstract bool NeedsSensitivity { get; }

    /// <summary>The most sensitive ceil(ratio * n) of the model's n parameters.</summary>
    /// <param name="ratio">Above 0 and at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The ratio is out of range.</exception>
    public static MaskPolicy Top(double ratio) => new TopRatio(CheckRatio(ratio));

    /// <summary>The most sensitive ceil(ratio * n) of the n parameters of each layer.</summary>
    /// <param name="ratio">Above 0 and at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The ratio is out of range.</exception>
    public static MaskPolicy TopOfEachLayer(double ratio) => new TopRatioOfEachLayer(CheckRatio(ratio));

    /// <summary>ceil(ratio * n) parameters that a public seed decides. For comparison: it protects far less.</summary>
    /// <param name="ratio">Above 0 and at most 1.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The ratio is out of range.</exception>
    public static MaskPolicy Random(double ratio, ulong seed) => new RandomRatio(CheckRatio(ratio), seed);

    /// <summary>Whole tensors or layers.</summary>
    /// <param name="names">Exact names of tensors, or of layers (a tensor's name up to its last dot).</param>
    /// <exception cref="ArgumentException">There is no name, or one that a policy's text could not hold.</exception>
    public static MaskPolicy Layers(params ReadOnlySpan<string> names) => new NamedLayers(names);

    /// <summary>
    /// The same, but of each layer at most ceil(ratio * n) of its n parameters: the most sensitive ones of those selected.
    /// </summary>
    /// <param name="ratio">Above 0 and at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The ratio is out of range.</exception>
    public MaskPolicy CappedTo(double ratio) => new Capped(this, CheckRatio(ratio));

    /// <summary>What either selects.</summary>
    public static MaskPolicy operator |(MaskPolicy left, MaskPolicy right) => new Union(left, right);

    /// <summary>What either selects.</summary>
    public static MaskPolicy BitwiseOr(MaskPolicy left, MaskPolicy right) => left | right;

    /// <summary>Reads a policy such as <c>top(0.3) | first | last</c>.</summary>
    /// <exception cref="FormatException">The text is not a policy; the message says what is expected where.</exception>
    public static MaskPolicy Parse(string text) => new MaskPolicyParser(text).Parse();

    /// <summary>Applies the policy to a model whose sensitivity is known.</summary>
    /// <exception cref="ArgumentException">The layout lacks a named layer, or nothing would be encrypted.</exception>
    public EncryptionMask Select(GlobalSensitivity sensitivity)
    {
        ArgumentNullException.ThrowIfNull(sensitivity);
        return Select(new SelectionContext(sensitivity.Layout, sensitivity));
    }

    /// <summary>Applies a policy that needs no sensitivity.</summary>
    /// <exception cref="InvalidOperationException">The policy needs one; see <see cref="NeedsSensitivity"/>.</exception>
    /// <exception cref="ArgumentException">The layout lacks a named layer, or nothing would be encrypted.</exception>
    public EncryptionMask Select(ModelLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return NeedsSensitivity ? throw Throw.PolicyNeedsSensitivity() : Select(new SelectionContext(layout, sensitivity: null));
    }

    /// <summary>The text of the policy.</summary>
    public sealed override string ToString() => Text;

    internal abstract string Text { get; }

    /// <summary>Adds what the policy selects.</summary>
    internal abstract void AddTo(PositionSet selected, SelectionContext context);

    private EncryptionMask Select(SelectionContext context)
    {
        var selected = new PositionSet(context.Layout.ParameterCount);
        AddTo(selected, context);
        var mask = new EncryptionMask(context.Layout, selected);
        return mask.EncryptedCount > 0 ? mask : throw Throw.PolicySelectsNothing();
    }

    private static double CheckRatio(double ratio)
        => ratio is > 0 and <= 1 ? ratio : throw new ArgumentOutOfRangeException(nameof(ratio), "A ratio is above 0 and at most 1.");
}
