namespace FedHe.MLBridge.Adapters;

/// <summary>The rule for names of adapters' tensors: <c>MODULE.lora_A.weight</c> or <c>MODULE.lora_A.ADAPTER.weight</c>, and the same with B.</summary>
internal static class AdapterName
{
    private const string Weight = "weight";

    /// <summary>Tells whether a name has a part that PEFT gives tensors of adapters (LoRA and DoRA), of a kind that can be paired or not.</summary>
    public static bool IsOfAdapter(string name) => Array.Exists(name.Split('.'), IsKind);

    /// <summary>Returns the name of the module of a tensor that <see cref="TryParse"/> takes.</summary>
    public static string ModuleOf(string name)
    {
        string[] parts = name.Split('.');
        return string.Join('.', parts[..PlaceOfHalf(parts)]);
    }

    /// <summary>Returns the half that a tensor is and the name of its pair, or null for a name of another form.</summary>
    public static (AdapterHalf Half, string Pair)? TryParse(string name)
    {
        string[] parts = name.Split('.');
        int place = PlaceOfHalf(parts);
        bool isWhole = place > 0 && parts.Length - place is 2 or 3 && parts[^1] == Weight
            && Array.FindLastIndex(parts, IsKind) == place;
        if (!isWhole)
        {
            return null;
        }

        string module = string.Join('.', parts[..place]);
        AdapterHalf half = parts[place] == "lora_A" ? AdapterHalf.A : AdapterHalf.B;
        return (half, parts.Length - place == 3 ? $"{module} ({parts[place + 1]})" : module);
    }

    private static int PlaceOfHalf(string[] parts) => Array.FindIndex(parts, part => part is "lora_A" or "lora_B");

    // Whole parts only: models of LoRa radio have tensors such as lora_encoder.fc.weight.
    private static bool IsKind(string part) => part is "lora_A" or "lora_B" or "lora_embedding_A" or "lora_embedding_B" or "lora_magnitude_vector";
}
