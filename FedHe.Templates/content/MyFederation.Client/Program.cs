// A client trains on its own data, and is a member of the committee that opens sums. Start it in the folder of its kit:
//     MyFederation.Client --data=patients.csv
using FedHe.Safetensors.Models;
using MyFederation.Client;

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
string data = builder.Configuration["data"] ?? throw new InvalidOperationException("Name the file with the data: --data=FILE.");
builder.Services.AddSingleton(Samples.Read(data));
IHost? host = null;
builder.Services.AddFedHeClient(builder.Configuration.GetSection("FedHe"))
    .AddTrainer<LineTrainer>()
    .StartFrom(_ => LineModel.Initial)
    .OnModel((model, _) =>
    {
        Directory.CreateDirectory("model");
        SafetensorsModel.Save($"model/round-{model.Round:D6}.safetensors", model.Parameters);
        Console.WriteLine($"Round {model.Round}: {LineModel.Describe(model.Parameters)} ({model.Release})");
        if (model.Outcome is not null)
        {
            Console.WriteLine($"The job has ended: {model.Outcome}.");
            host!.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        }

        return Task.CompletedTask;
    });
host = builder.Build();
host.Run();
