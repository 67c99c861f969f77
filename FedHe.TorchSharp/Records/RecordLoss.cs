using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace FedHe.TorchSharp.Records;

/// <summary>A record loss computes the loss of one record alone.</summary>
/// <typeparam name="TModule">The type of the module.</typeparam>
/// <param name="module">The module in evaluation mode, with gradients enabled. The method must not change it, nor anything that the loss of another record depends on.</param>
/// <param name="record">The number of the record.</param>
/// <returns>A tensor of one element.</returns>
public delegate Tensor RecordLoss<in TModule>(TModule module, int record)
    where TModule : Module;
