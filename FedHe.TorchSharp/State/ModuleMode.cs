using Module = TorchSharp.torch.nn.Module;

namespace FedHe.TorchSharp.State;

/// <summary>A module mode switches a module and its parts to training or evaluation, and back when it is disposed.</summary>
internal sealed class ModuleMode : IDisposable
{
    private readonly (Module Module, bool IsTraining)[] _before;

    private ModuleMode(Module module, bool training)
    {
        // Parents come before their parts, and setting a parent sets its parts.
        _before = [.. module.modules().Prepend(module).Select(part => (part, part.training))];
        if (_before.Any(part => part.IsTraining != training))
        {
            module.train(training);
        }
    }

    public static ModuleMode Training(Module module) => new(module, training: true);

    public static ModuleMode Evaluation(Module module) => new(module, training: false);

    public void Dispose()
    {
        foreach ((Module module, bool isTraining) in _before)
        {
            if (module.training != isTraining)
            {
                module.train(isTraining);
            }
        }
    }
}
