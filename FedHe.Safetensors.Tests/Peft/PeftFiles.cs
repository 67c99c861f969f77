using System.Text;
using System.Text.Json.Nodes;
using FedHe.Safetensors.Peft;
using FedHe.Safetensors.Tests.Support;

namespace FedHe.Safetensors.Tests.Peft;

/// <summary>The files of an adapter in the layout that PEFT publishes, made byte by byte and by no code under test.</summary>
internal static class PeftFiles
{
    public const string Module = "base_model.model.model.layers.0.self_attn";

    /// <summary>A configuration as PEFT 0.18 writes one, with fields that nothing here knows.</summary>
    public const string Config = """
        {
          "alora_invocation_tokens": null,
          "alpha_pattern": {},
          "arrow_config": null,
          "auto_mapping": null,
          "base_model_name_or_path": "example/small-model",
          "bias": "none",
          "corda_config": null,
          "ensure_weight_tying": false,
          "eva_config": null,
          "exclude_modules": null,
          "fan_in_fan_out": false,
          "inference_mode": true,
          "init_lora_weights": true,
          "layer_replication": null,
          "layers_pattern": null,
          "layers_to_transform": null,
          "loftq_config": {},
          "lora_alpha": 16,
          "lora_bias": false,
          "lora_dropout": 0.05,
          "megatron_config": null,
          "megatron_core": "megatron.core",
          "modules_to_save": null,
          "peft_type": "LORA",
          "peft_version": "0.18.0",
          "qalora_group_size": 16,
          "r": 2,
          "rank_pattern": {"v_proj": 1},
          "revision": null,
          "target_modules": [
            "q_proj",
            "v_proj"
          ],
          "target_parameters": null,
          "task_type": "CAUSAL_LM",
          "trainable_token_indices": null,
          "use_dora": false,
          "use_qalora": false,
          "use_rslora": false
        }
        """;

    /// <summary>Two adapters: of rank 2 in F32, and of rank 1 in BF16.</summary>
    public static byte[] Model { get; } = ModelOf([
        ($"{Module}.q_proj.lora_A.weight", "F32", [2, 3], Floats(0.5f, -1, 0.25f, 2, 0, 1)),
        ($"{Module}.q_proj.lora_B.weight", "F32", [2, 2], Floats(0, 0.125f, 0, 0)),
        ($"{Module}.v_proj.lora_A.weight", "BF16", [1, 3], [0x80, 0x3f, 0, 0xc0, 0, 0]),
        ($"{Module}.v_proj.lora_B.weight", "BF16", [4, 1], [0, 0, 0x80, 0x3e, 0, 0, 0, 0]),
    ]);

    public static byte[] ModelOf(IReadOnlyList<(string Name, string Dtype, int[] Shape, byte[] Bytes)> tensors)
    {
        var text = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        int offset = 0;
        foreach ((string name, string dtype, int[] shape, byte[] bytes) in tensors)
        {
            text.Append($",\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{offset},{offset + bytes.Length}]}}");
            offset += bytes.Length;
        }

        return RawFile.Of(RawFile.Padded(text.Append('}').ToString()), [.. tensors.SelectMany(tensor => tensor.Bytes)]);
    }

    public static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    /// <summary>The configuration with a field in JSON put in the place of its own, or added.</summary>
    public static string With(string field, string json)
    {
        JsonObject root = JsonNode.Parse(Config)!.AsObject();
        root[field] = JsonNode.Parse(json);
        return root.ToJsonString();
    }

    public static string Write(TemporaryFolder folder, string? config = null, byte[]? model = null)
    {
        folder.Write(PeftAdapter.ConfigFileName, config ?? Config);
        folder.Write(PeftAdapter.ModelFileName, model ?? Model);
        return folder.Location;
    }
}
