using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Sensitivity;

namespace FedHe.MLBridge.Policies;

/// <summary>
/// A mask policy is a rule that selects the parameters to encrypt, agreed upon before anyone knows the model's
/// sensitivity. It is public and immutable; <see cref="ToString"/> returns text that <see cref="Parse"/> reads.
/// </summary>
/// <remarks>
/// Policies are combined with <c>|</c>. Every party that applies a policy to the same sensitivity gets the same mask,
/// bit for bit: integers decide, and the smaller position in the flat vector breaks a tie. Source: FedML-HE, section
/// 2.4 step 3.
/// </remarks>
public abstract record MaskPolicy
{
    private protected MaskPolicy()
    {
    }

    /// <summary>A policy that selects every parameter.</summary>
    public static MaskPolicy All { get; } = new EveryParameter();

    /// <summary>A policy that selects the layer of the first floating tensor.</summary>
    public static MaskPolicy FirstLayer { get; } = new TensorChoice(TensorKind.FirstLayer);

    /// <summary>A policy that selects the layer of the last floating tensor.</summary>
    public static MaskPolicy LastLayer { get; } = new TensorChoice(TensorKind.LastLayer);

    /// <summary>A policy that selects the tensors whose name after the last dot is <c>bias</c>.</summary>
    public static MaskPolicy Biases { get; } = new TensorChoice(TensorKind.Biases);

    /// <summary>
    /// A policy that selects the layers whose name has a part that contains <c>norm</c>, or is <c>bn</c> or <c>ln</c>
    /// with an optional number.
    /// </summary>
    public static MaskPolicy Normalization { get; } = new TensorChoice(TensorKind.Normalization);

    /// <summary>
    /// The paper's recipe: the most sensitive 30 % of all parameters, the first layer and the last layer.
    /// </summary>
    /// <remarks>Source: FedML-HE, section 4.2.2.</remarks>
    public static MaskPolicy PaperRecipe { get; } = Top(0.3) | FirstLayer | LastLayer;

    /// <summary>Whether the policy needs a sensitivity to be applied.</summary>
    public abstract bool NeedsSensitivity { get; }

    /// <summary>Creates a policy that selects the most sensitive ceil(ratio * n) of the model's n parameters.</summary>
    /// <param name="ratio">The ratio, above 0 and at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The ratio is out of range.</exception>
    public static MaskPolicy Top(double ratio) => new TopRatio(CheckRatio(ratio));

    /// <summary>
    /// Creates a policy that selects the most sensitive ceil(ratio * n) of the n parameters of each layer.
    /// </summary>
    /// <param name="ratio">The ratio, above 0 and at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The ratio is out of range.</exception>
    public static MaskPolicy TopOfEachLayer(double ratio) => new TopRatioOfEachLayer(CheckRatio(ratio));

    /// <summary>
    /// Creates a policy that selects ceil(ratio * n) of the model's n parameters by a public seed. It is meant for
    /// comparison: it protects far less than a selection by sensitivity.
    /// </summary>
    /// <param name="ratio">The ratio, above 0 and at most 1.</param>
    /// <param name="seed">The public seed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The ratio is out of range.</exception>
    public static MaskPolicy Random(double ratio, ulong seed) => new RandomRatio(CheckRatio(ratio), seed);

    /// <summary>Creates a policy that selects whole tensors or layers.</summary>
    /// <param name="names">
    /// The exact names of tensors or layers; a layer's name is its tensors' name up to the last dot.
    /// </param>
    /// <exception cref="ArgumentException">
    /// No name is given, or a name cannot be written in the text of a policy.
    /// </exception>
    public static MaskPolicy Layers(params ReadOnlySpan<string> names) => new NamedLayers(names);

    /// <summary>
    /// Creates a policy that limits this policy's selection to the most sensitive ceil(ratio * n) of the n parameters
    /// of each layer.
    /// </summary>
    /// <param name="ratio">The ratio, above 0 and at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The ratio is out of range.</exception>
    public MaskPolicy CappedTo(double ratio) => new Capped(this, CheckRatio(ratio));

    /// <summary>Creates a policy that selects what either of two policies selects.</summary>
    public static MaskPolicy operator |(MaskPolicy left, MaskPolicy right) => new Union(left, right);

    /// <summary>Creates a policy that selects what either of two policies selects.</summary>
    public static MaskPolicy BitwiseOr(MaskPolicy left, MaskPolicy right) => left | right;

    /// <summary>Parses the text of a policy, such as <c>top(0.3) | first | last</c>.</summary>
    /// <exception cref="FormatException">
    /// The text is not a policy; the message says what is expected at which position.
    /// </exception>
    public static MaskPolicy Parse(string text) => new MaskPolicyParser(text).Parse();

    /// <summary>Applies the policy to a model whose sensitivity is known.</summary>
    /// <exception cref="ArgumentException">The layout lacks a named layer, or nothing would be encrypted.</exception>
    public EncryptionMask Select(GlobalSensitivity sensitivity)
    {
        ArgumentNullException.ThrowIfNull(sensitivity);
        return Select(new SelectionContext(sensitivity.Layout, sensitivity));
    }

    /// <summary>Applies the policy to a model without sensitivity.</summary>
    /// <exception cref="InvalidOperationException">
    /// The policy needs a sensitivity; see <see cref="NeedsSensitivity"/>.
    /// </exception>
    /// <exception cref="ArgumentException">The layout lacks a named layer, or nothing would be encrypted.</exception>
    public EncryptionMask Select(ModelLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return NeedsSensitivity ? throw Throw.PolicyNeedsSensitivity() : Select(new SelectionContext(layout, sensitivity: null));
    }

    /// <summary>Returns the text of the policy, which <see cref="Parse"/> reads.</summary>
    public sealed override string ToString() => Text;

    internal abstract string Text { get; }

    /// <summary>Adds the positions that the policy selects to a set.</summary>
    internal abstract void AddTo(PositionSet selected, SelectionContext context);

    private EncryptionMask Select(SelectionContext context)
    {
        var selected = new PositionSet(context.Layout.ParameterCount);
        AddTo(selected, context);
        var mask = new EncryptionMask(context.Layout, selected);
        return mask.EncryptedCount > 0 ? mask : throw Throw.PolicySelectsNothing();
    }

    private static double CheckRatio(double ratio)
        => ratio is > 0 and <= 1 ? ratio : throw new ArgumentOutOfRangeException(nameof(ratio), "A ratio must be above 0 and at most 1.");
}
