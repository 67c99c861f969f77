using FedHe.Hosting.Errors;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.DependencyInjection;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Clients;

/// <summary>Client models are the trainer of a hosted client and the model that it starts from, in memory or in files.</summary>
internal abstract class ClientModels
{
    /// <summary>Finds what the host has named.</summary>
    /// <exception cref="HostingException">The trainer or the model is missing, or there is one in memory and one in files.</exception>
    public static ClientModels Of(IServiceProvider services, string name)
    {
        if (services.GetKeyedService<IFlatTrainer>(name) is IFlatTrainer flat)
        {
            if (services.GetKeyedService<ILocalTrainer>(name) is not null || services.GetKeyedService<InitialModel>(name) is not null)
            {
                throw Throw.ModelsTwice(name);
            }

            return new InFiles(flat, services.GetRequiredKeyedService<InitialValues>(name).Model(services));
        }

        ILocalTrainer trainer = services.GetKeyedService<ILocalTrainer>(name) ?? throw Throw.NoTrainer(name);
        return new InMemory(trainer, (services.GetKeyedService<InitialModel>(name) ?? throw Throw.NoInitialModel(name)).Model(services));
    }

    /// <summary>Describes the client.</summary>
    public abstract FederationClientSetup Describe(FederationFactory factory, ClientFiles files, FederationJob job, ClientKeys keys);

    /// <summary>Returns these models with a trainer that keeps what it measures.</summary>
    /// <exception cref="HostingException">The trainer measures nothing.</exception>
    public abstract ClientModels WithMetrics(string name, out MetricKeeper metrics);

    /// <summary>Tells whether an exception of the client comes from its files, and not from its trainer, behind which the client leaves the round.</summary>
    public virtual bool IsFaultOfFiles(Exception fault) => false;

    private sealed class InMemory(ILocalTrainer trainer, ModelParameters initial) : ClientModels
    {
        public override FederationClientSetup Describe(FederationFactory factory, ClientFiles files, FederationJob job, ClientKeys keys)
            => factory.DescribeClient(job, files.Identity, keys, trainer, initial);

        public override ClientModels WithMetrics(string name, out MetricKeeper metrics) => new InMemory(metrics = new MetricKeeper(trainer), initial);
    }

    private sealed class InFiles(IFlatTrainer trainer, IFlatModel initial) : ClientModels
    {
        public override FederationClientSetup Describe(FederationFactory factory, ClientFiles files, FederationJob job, ClientKeys keys)
            => factory.DescribeClient(job, files.Identity, keys, new ModelFiles { Folder = files.CreateModelFolder(), InitialModel = initial, Trainer = new FlatTrainerGuard(trainer) });

        public override bool IsFaultOfFiles(Exception fault) => fault is IOException or UnauthorizedAccessException;

        public override ClientModels WithMetrics(string name, out MetricKeeper metrics) => throw Throw.MetricsNotInFiles(name);
    }
}
