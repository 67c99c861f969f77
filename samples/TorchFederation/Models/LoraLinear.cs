using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchFederation.Models;

/// <summary>A linear layer with an adapter beside it: W x + b + (alpha / rank) B A x. B begins as zeros, so that the layer begins as it was.</summary>
/// <remarks>Source: Hu and others, "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022.</remarks>
internal sealed class LoraLinear : nn.Module<Tensor, Tensor>
{
    private readonly Linear _base;
    private readonly Linear _a;
    private readonly Linear _b;
    private readonly double _scale;

    public LoraLinear(int inputs, int outputs, int rank, double alpha)
        : base(nameof(LoraLinear))
    {
        _base = nn.Linear(inputs, outputs);
        _a = nn.Linear(inputs, rank, hasBias: false);
        _b = nn.Linear(rank, outputs, hasBias: false);
        _scale = alpha / rank;
        using (no_grad())
        {
            _b.weight!.zero_();
        }

        // The names by which PEFT knows adapters.
        register_module("base_layer", _base);
        register_module("lora_A", _a);
        register_module("lora_B", _b);
    }

    public override Tensor forward(Tensor input) => _base.call(input) + (_b.call(_a.call(input)) * _scale);
}
