using System.Collections.Immutable;
using System.Text;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Layout;
using FedHe.TorchSharp.Errors;
using Module = TorchSharp.torch.nn.Module;

namespace FedHe.TorchSharp.State;

/// <summary>
/// A module layout says which entries of a module travel in a federation, and carries their values between modules and
/// <see cref="ModelParameters"/>. It keeps no module, is immutable, and serves every module of the same structure.
/// </summary>
/// <remarks>
/// Parameters come in the order in which the module registered them, then floating buffers. What stays with its client is not part
/// of <see cref="Layout"/> and lies in the client's module alone.
/// </remarks>
public sealed class ModuleLayout
{
    private ModuleLayout(ModelLayout layout, ImmutableArray<ModuleEntry> entries)
    {
        Layout = layout;
        Entries = entries;
    }

    /// <summary>The layout of what travels, which all parties of a job must share.</summary>
    public ModelLayout Layout { get; }

    /// <summary>
    /// The parameters and persistent buffers of the module, with what becomes of each. TorchSharp does not list buffers that are not
    /// persistent; they stay with the client.
    /// </summary>
    public ImmutableArray<ModuleEntry> Entries { get; }

    /// <summary>Creates the layout of a module.</summary>
    /// <param name="module">A module, on any device; it is not changed.</param>
    /// <param name="bound">
    /// The clipping bound: no value of any client exceeds it in magnitude. It is positive and finite; values beyond it are refused
    /// (or clamped, where the host asks for it) when they are encrypted.
    /// </param>
    /// <param name="options">What travels, and how; null for the defaults.</param>
    /// <exception cref="ModuleException">An entry cannot travel, nothing travels, or a choice is missing.</exception>
    /// <exception cref="ArgumentException">An option is out of range, or a name or shape is not one that a layout can have.</exception>
    public static ModuleLayout Of(Module module, double bound, ModuleLayoutOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        options ??= new ModuleLayoutOptions();
        Check(options);
        ImmutableArray<ModuleEntry> entries = EntryClassifier.Classify(module, options);
        ModuleEntry[] traveling = [.. entries.Where(entry => entry.Treatment == EntryTreatment.Travels)];
        if (traveling.Length == 0)
        {
            throw Throw.NothingTravels();
        }

        foreach (string name in options.Bounds.Keys.Where(name => traveling.All(entry => entry.Name != name)))
        {
            throw Throw.UnknownEntry(name);
        }

        return new ModuleLayout(
            new ModelLayout(traveling.Select(entry => SpecificationOf(entry, options.Bounds.GetValueOrDefault(entry.Name, bound), options))),
            entries);
    }

    /// <summary>Copies the values that travel out of a module.</summary>
    /// <param name="module">A module of the structure that the layout was made of, of any floating types, on any device.</param>
    /// <remarks>
    /// The values are copied once, where a tensor is contiguous, on the CPU and of the layout's type; otherwise one more time, to that
    /// form.
    /// </remarks>
    /// <exception cref="ModuleException">The module does not fit the layout.</exception>
    /// <exception cref="ModelValueException">A value is NaN or infinite.</exception>
    public ModelParameters Read(Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return ModuleReader.Read(Layout, ModuleBinding.Of(module, this));
    }

    /// <summary>
    /// Returns a view of the values that travel, which reads them where they lie: an update is encrypted from it without a copy of the
    /// model where tensors are contiguous, on the CPU and of the type <see cref="ElementType.Float32"/>.
    /// </summary>
    /// <param name="module">
    /// A module of the structure that the layout was made of. It must live, and must not change, while the view is used.
    /// </param>
    /// <remarks>Values are checked by what encrypts them. Of other tensors, a range is copied at a time.</remarks>
    /// <exception cref="ModuleException">The module does not fit the layout.</exception>
    public IFlatModel View(Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return new ModuleView(Layout, ModuleBinding.Of(module, this));
    }

    /// <summary>
    /// Copies values into a module, in place and outside of autograd. Whatever stays with the client is not touched, and neither is
    /// <c>requires_grad</c>. Everything is checked before anything changes, so that a module is loaded as a whole or not at all.
    /// </summary>
    /// <param name="model">A model of <see cref="Layout"/>.</param>
    /// <param name="module">A module of the structure that the layout was made of, of any floating types, on any device.</param>
    /// <exception cref="HeMismatchException">The model has another layout.</exception>
    /// <exception cref="ModuleException">The module does not fit the layout.</exception>
    /// <exception cref="ModelValueException">A value is NaN or infinite.</exception>
    public void Load(ModelParameters model, Module module)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(module);
        if (model.Layout.Digest != Layout.Digest)
        {
            throw Throw.LayoutMismatch();
        }

        ModuleLoader.Load(model, ModuleBinding.Of(module, this));
    }

    /// <summary>Returns a report of many lines, which says what travels and what stays.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        int traveling = Entries.Count(entry => entry.Treatment == EntryTreatment.Travels);
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{Layout.ParameterCount} values in {traveling} of {Entries.Length} entries travel.");
        foreach (ModuleEntry entry in Entries)
        {
            text.Append("\n  ").Append(entry);
        }

        return text.ToString();
    }

    private static void Check(ModuleLayoutOptions options)
    {
        if (!Enum.IsDefined(options.Frozen) || !Enum.IsDefined(options.Buffers))
        {
            throw Throw.UndefinedChoice(nameof(options));
        }

        if (options.ElementType is ElementType type && !type.IsAggregated())
        {
            throw Throw.NotAFloatingType(nameof(options));
        }
    }

    private static TensorSpec SpecificationOf(ModuleEntry entry, double bound, ModuleLayoutOptions options)
    {
        ElementType own = ElementTypes.Floating(entry.ElementType)!.Value;
        ElementType travels = options.ElementType ?? own;
        int[] shape;
        try
        {
            shape = [.. entry.Shape.Select(length => checked((int)length))];
            int size = shape.Aggregate(1, (elements, length) => checked(elements * length));
            _ = checked(size * Math.Max(ElementTypes.SizeOf(own), ElementTypes.SizeOf(travels)));
        }
        catch (OverflowException)
        {
            throw Throw.TooLarge(entry.Name);
        }

        if (!ElementTypes.Holds(own, bound) || !ElementTypes.Holds(travels, bound))
        {
            throw Throw.BoundNotHeld(entry.Name, entry.ElementType);
        }

        return new TensorSpec(entry.Name, travels, shape, bound);
    }
}
