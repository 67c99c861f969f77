using FedHe.Orchestration.Job;
using Module = TorchSharp.torch.nn.Module;

namespace FedHe.TorchSharp.Training;

/// <summary>
/// Corrected module training is a client's own training loop for jobs with control terms (SCAFFOLD), which serves all other jobs too. It changes the module in place, and runs on one thread from beginning to end.
/// Tensors that it creates are disposed when it returns, except for those that it takes out of the dispose scope.
/// </summary>
/// <typeparam name="TModule">The type of the module.</typeparam>
/// <param name="module">The module with the global model loaded, in training mode and without gradients.</param>
/// <param name="task">The round, the attempt and the hyperparameters of the job, which the loop should follow.</param>
/// <param name="steps">Corrects the gradients of every step: the loop calls <see cref="CorrectedSteps.Correct"/> before each step of its optimizer.</param>
/// <param name="progress">Takes the finished share, 0 to 1; never null.</param>
/// <param name="cancellationToken">
/// Cancels the training. The loop should ask for it between two steps: a loop that does not ask runs to its end, and its result is lost.
/// </param>
public delegate void CorrectedModuleTraining<in TModule>(
    TModule module, TrainingTask task, CorrectedSteps steps, IProgress<double> progress, CancellationToken cancellationToken)
    where TModule : Module;
