namespace FedHe.MLBridge.Errors;

/// <summary>The sentences that say why the adapters of a layout cannot be averaged in halves.</summary>
internal static class AdapterFault
{
    public static string None() => "The layout has no adapter. Adapters have tensors named MODULE.lora_A.weight and MODULE.lora_B.weight.";

    public static string UnknownKind(string tensor)
        => $"Tensor '{tensor}' belongs to an adapter of a kind that cannot be averaged in halves. Leave it out, or train adapters of lora_A.weight and lora_B.weight only.";

    public static string NoMatrix(string tensor)
        => $"Tensor '{tensor}' is no matrix. Adapters of convolutions are not supported: choose linear modules.";

    public static string Local(string tensor)
        => $"Tensor '{tensor}' of an adapter stays with its client, and its partner is averaged. Average both halves, or keep both.";

    public static string Twice(string tensor)
        => $"Tensor '{tensor}' is a factor of an adapter that has one already. Name adapters in one way.";

    public static string WithoutPartner(string tensor)
        => $"Tensor '{tensor}' of an adapter has no partner. Put both lora_A and lora_B into the layout.";

    public static string RanksDiffer(string pair)
        => $"The factors of adapter '{pair}' have two ranks: A must be rank x inputs, and B outputs x rank.";
}
