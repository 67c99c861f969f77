using TorchSharp.Modules;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.Tests.Support;

/// <summary>A linear layer with an adapter, under the names by which PEFT knows them.</summary>
internal sealed class AdapterNetwork : nn.Module<Tensor, Tensor>
{
    public const string A = "q.lora_A.weight";
    public const string B = "q.lora_B.weight";

    private readonly Layer _q = new();

    public AdapterNetwork()
        : base(nameof(AdapterNetwork))
    {
        register_module("q", _q);
    }

    public override Tensor forward(Tensor input) => _q.call(input);

    private sealed class Layer : nn.Module<Tensor, Tensor>
    {
        private readonly Linear _base = nn.Linear(4, 3);
        private readonly Linear _a = nn.Linear(4, 2, hasBias: false);
        private readonly Linear _b = nn.Linear(2, 3, hasBias: false);

        public Layer()
            : base(nameof(Layer))
        {
            foreach (Parameter parameter in _base.parameters())
            {
                parameter.requires_grad = false;
            }

            register_module("base_layer", _base);
            register_module("lora_A", _a);
            register_module("lora_B", _b);
        }

        public override Tensor forward(Tensor input) => _base.call(input) + _b.call(_a.call(input));
    }
}
