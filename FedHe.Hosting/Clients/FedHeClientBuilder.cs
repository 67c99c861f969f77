using System.Diagnostics.CodeAnalysis;
using FedHe.Hosting.Connections;
using FedHe.Hosting.Parties;
using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.DependencyInjection;
using FedHe.Orchestration.Privacy;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Clients;

/// <summary>A client builder continues the configuration of a client that <c>AddFedHeClient</c> began.</summary>
public sealed class FedHeClientBuilder
{
    internal FedHeClientBuilder(FederationBuilder federation) => Federation = federation;

    /// <summary>The federation of the client, for a scheme where the job has no committee.</summary>
    public FederationBuilder Federation { get; }

    /// <summary>The service collection that is being configured.</summary>
    public IServiceCollection Services => Federation.Services;

    /// <summary>The name of the job in this host, which is the key of its services.</summary>
    public string Name => Federation.Name!;

    /// <summary>Names the trainer, which trains on the client's own data. It is made once, with the services of the host.</summary>
    /// <typeparam name="T">The type of the trainer.</typeparam>
    /// <exception cref="InvalidOperationException">A trainer was named before.</exception>
    public FedHeClientBuilder AddTrainer<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>()
        where T : class, ILocalTrainer
    {
        Services.AddKeyedOnce<ILocalTrainer>(Name, services => ActivatorUtilities.CreateInstance<T>(services));
        return this;
    }

    /// <summary>Names the model that all clients start from.</summary>
    /// <param name="model">The method that makes or reads the model whose digest the job has.</param>
    /// <exception cref="InvalidOperationException">A model was named before.</exception>
    public FedHeClientBuilder StartFrom(Func<IServiceProvider, ModelParameters> model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Services.AddKeyedOnce(Name, _ => new InitialModel(model));
        return this;
    }

    /// <summary>
    /// Keeps the client's models and messages in files of its folder, for models of any size, in the place of <see cref="AddTrainer{T}"/> and <see cref="StartFrom"/>. The job has round keys, its updates are models or
    /// differences, and nothing else (<see cref="FederationClientSetup.Files"/>).
    /// </summary>
    /// <typeparam name="T">The type of the trainer, which is made once, with the services of the host.</typeparam>
    /// <param name="initialModel">The method that opens the model whose digest the job has, such as a <c>ModelFile</c>.</param>
    /// <exception cref="InvalidOperationException">A trainer or a model of this kind was named before.</exception>
    public FedHeClientBuilder KeepModelsInFiles<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>(Func<IServiceProvider, IFlatModel> initialModel)
        where T : class, IFlatTrainer
    {
        ArgumentNullException.ThrowIfNull(initialModel);
        Services.AddKeyedOnce<IFlatTrainer>(Name, services => ActivatorUtilities.CreateInstance<T>(services));
        Services.AddKeyedOnce(Name, _ => new InitialValues(initialModel));
        return this;
    }

    /// <summary>
    /// Gives the global model to the application: after each round, when it may be released, when the job has ended, and after a restart.
    /// One that throws gets the model again.
    /// </summary>
    /// <param name="receiver">The receiver.</param>
    public FedHeClientBuilder OnModel(ModelReceiver receiver)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        Services.AddKeyedSingleton(Name, receiver);
        return this;
    }

    /// <summary>
    /// Names what clips, rounds, adds noise and accounts, such as <c>ClientPrivacy</c> of FedHe.Privacy.Federation. A job with privacy terms is
    /// refused without it.
    /// </summary>
    /// <param name="privacy">The provider, for this client of this job alone.</param>
    /// <exception cref="InvalidOperationException">A provider was named before.</exception>
    public FedHeClientBuilder UsePrivacy(IPrivacyProvider privacy)
    {
        ArgumentNullException.ThrowIfNull(privacy);
        Services.AddKeyedOnce<IPrivacyProvider>(Name, _ => privacy);
        return this;
    }

    /// <summary>Shows a bearer token in place of a certificate.</summary>
    /// <param name="token">The method that returns a token that is valid now; it is asked for each request.</param>
    /// <exception cref="InvalidOperationException">A method was named before.</exception>
    public FedHeClientBuilder UseBearerToken(Func<CancellationToken, ValueTask<string>> token)
    {
        ArgumentNullException.ThrowIfNull(token);
        Services.AddKeyedOnce(Name, _ => new AccessToken(token));
        return this;
    }

    internal static string OptionsName(string name) => $"client {name}";
}
