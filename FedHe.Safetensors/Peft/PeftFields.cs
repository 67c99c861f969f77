using System.Collections.Immutable;
using System.Text.Json;
using FedHe.Safetensors.Errors;

namespace FedHe.Safetensors.Peft;

/// <summary>The fields of a configuration as PEFT publishes them: what they may be, and which of their values no average serves.</summary>
internal static class PeftFields
{
    private static readonly string[] InitializationsOfTheBase = ["pissa", "olora", "corda", "loftq", "lora_ga"];

    /// <summary>Refuses adapters that halves of LoRA do not describe.</summary>
    public static void Check(JsonElement root)
    {
        if (Text(root, "peft_type") is not string type)
        {
            throw Throw.AdapterConfig("peft_type", "is missing. This is no configuration of an adapter.");
        }

        if (type != "LORA")
        {
            throw Throw.AdapterNotSupported("peft_type", $"is {Quoted.Name(type)}. Train an adapter of the type LORA.");
        }

        if (Text(root, "bias") is string bias && bias != "none")
        {
            throw Throw.AdapterNotSupported("bias", "lets biases of the base model travel in the file. Train with bias=\"none\".");
        }

        foreach ((string field, string advice) in new[]
        {
            ("use_dora", "adds magnitudes (DoRA), whose averages belong to no adapter. Train without use_dora."),
            ("use_qalora", "groups inputs (QALoRA). Train without use_qalora."),
            ("lora_bias", "adds biases to B. Train without lora_bias."),
        })
        {
            if (Flag(root, field))
            {
                throw Throw.AdapterNotSupported(field, advice);
            }
        }

        foreach ((string field, string advice) in new[]
        {
            ("modules_to_save", "puts whole modules beside the adapter. Train adapters alone, or average these modules in a job of their own."),
            ("trainable_token_indices", "puts rows of an embedding beside the adapter. Train adapters alone."),
        })
        {
            if (root.TryGetProperty(field, out JsonElement value) && !IsNothing(value))
            {
                throw Throw.AdapterNotSupported(field, advice);
            }
        }

        if (root.TryGetProperty("init_lora_weights", out JsonElement start) && start.ValueKind == JsonValueKind.String && ChangesTheBase(start.GetString()!))
        {
            throw Throw.AdapterNotSupported("init_lora_weights", "changed the base model as well. Save the adapter converted to plain LoRA, or train from init_lora_weights=True.");
        }
    }

    /// <summary>Reads a text, or null where there is none.</summary>
    public static string? Text(JsonElement root, string field)
    {
        if (!root.TryGetProperty(field, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Throw.AdapterConfig(field, "must be a text.");
    }

    /// <summary>Reads a truth value, which is false where there is none.</summary>
    public static bool Flag(JsonElement root, string field)
        => root.TryGetProperty(field, out JsonElement value) && value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            _ => throw Throw.AdapterConfig(field, "must be true or false."),
        };

    /// <summary>Reads a whole number of at least 1.</summary>
    public static int Count(JsonElement root, string field)
        => root.TryGetProperty(field, out JsonElement value) ? CountOf(value, field) : throw Throw.AdapterConfig(field, "is missing.");

    /// <summary>Reads a positive number.</summary>
    public static double Number(JsonElement root, string field)
        => root.TryGetProperty(field, out JsonElement value) ? NumberOf(value, field) : throw Throw.AdapterConfig(field, "is missing.");

    /// <summary>Reads a list of texts, or one text as the only one; none where there is none.</summary>
    public static ImmutableArray<string> Names(JsonElement root, string field)
    {
        if (!root.TryGetProperty(field, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        return value.ValueKind switch
        {
            JsonValueKind.String => [value.GetString()!],
            JsonValueKind.Array => [.. value.EnumerateArray().Select(one => one.ValueKind == JsonValueKind.String ? one.GetString()! : throw Throw.AdapterConfig(field, "must be a list of texts."))],
            _ => throw Throw.AdapterConfig(field, "must be a text or a list of texts."),
        };
    }

    /// <summary>Reads numbers by patterns of modules.</summary>
    public static IReadOnlyList<(string Pattern, T Value)> Pattern<T>(JsonElement root, string field, Func<JsonElement, string, T> read)
    {
        if (!root.TryGetProperty(field, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        return value.ValueKind == JsonValueKind.Object
            ? [.. value.EnumerateObject().Select(one => (one.Name, read(one.Value, field)))]
            : throw Throw.AdapterConfig(field, "must be an object of numbers.");
    }

    /// <summary>Returns a value as a whole number of at least 1.</summary>
    public static int CountOf(JsonElement value, string field)
        => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= 1
            ? number
            : throw Throw.AdapterConfig(field, "must be a whole number of at least 1.");

    /// <summary>Returns a value as a positive number.</summary>
    public static double NumberOf(JsonElement value, string field)
        => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number > 0 && double.IsFinite(number)
            ? number
            : throw Throw.AdapterConfig(field, "must be a positive number.");

    private static bool IsNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };

    private static bool ChangesTheBase(string start)
        => Array.Exists(InitializationsOfTheBase, name => start.StartsWith(name, StringComparison.OrdinalIgnoreCase));
}
